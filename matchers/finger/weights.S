// The files of trained weights, as they are. The include path is set by the build.
  .section .rodata
.macro embed name, file
  .balign 64
  .global distinct_\name\()_weights
  .global distinct_\name\()_weights_end
distinct_\name\()_weights:
  .incbin "\file"
distinct_\name\()_weights_end:
  .byte 0
.endm
  embed minutia, "matchers/finger/minutia_weights.bin"
  embed descriptor, "matchers/finger/descriptor_weights.bin"
  embed vector, "matchers/finger/vector_weights.bin"
  .section .note.GNU-stack,"",@progbits
