// The files of trained weights, as they are. The include path is set by the build.
  .section .rodata
  .balign 64
  .global distinct_descriptor_weights
  .global distinct_descriptor_weights_end
distinct_descriptor_weights:
  .incbin "matchers/finger/descriptor_weights.bin"
distinct_descriptor_weights_end:
  .byte 0
  .balign 64
  .global distinct_vector_weights
  .global distinct_vector_weights_end
distinct_vector_weights:
  .incbin "matchers/finger/vector_weights.bin"
distinct_vector_weights_end:
  .byte 0
  .section .note.GNU-stack,"",@progbits
