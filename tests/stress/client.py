"""A registry's client that writes down all that it sends and sees: history.py."""

import asyncio

import grpc
from distinct.v1 import adjudication_pb2, adjudication_pb2_grpc
from distinct.v1 import enrolment_pb2, enrolment_pb2_grpc
from distinct.v1 import gallery_pb2, gallery_pb2_grpc
from distinct.v1 import types_pb2
from google.rpc import error_details_pb2, status_pb2

import history

CALL_SECONDS = 20
# Every channel a connection of its own, which tries again soon after a server has died.
CHANNEL_OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 50),
                   ("grpc.max_reconnect_backoff_ms", 200)]
# Until the next try where the error has no RetryInfo: the server is down, or the time was short.
PAUSE_SECONDS = 0.2
MAY_BE_REPEATED = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "CANCELLED")


class Answer:
    def __init__(self, code, response=None, retry_after_s=None):
        self.code, self.response, self.retry_after_s = code, response, retry_after_s

    async def pause(self):
        """As long as the server asked for."""
        await asyncio.sleep(PAUSE_SECONDS if self.retry_after_s is None else self.retry_after_s)


class Client:
    """One connection. Of one event loop."""

    def __init__(self, folder, name, address):
        self._history = history.History(folder, name)
        self._address = address
        self._connect()

    def _connect(self):
        self._channel = grpc.aio.insecure_channel(self._address, options=CHANNEL_OPTIONS)
        self._adjudication = adjudication_pb2_grpc.AdjudicationServiceStub(self._channel)
        self._enrolment = enrolment_pb2_grpc.EnrolmentServiceStub(self._channel)
        self._gallery = gallery_pb2_grpc.GalleryServiceStub(self._channel)

    async def hang_up(self):
        """Breaks the connection under whatever runs on it, and makes a new one."""
        broken = self._channel
        self._connect()
        await broken.close()

    async def close(self):
        await self._channel.close()
        self._history.close()

    async def enrol_once(self, enrolment_id, capture, seconds=CALL_SECONDS, update_of=""):
        truth = {"id": enrolment_id, "person": capture.person, "content": capture.impression}
        if not update_of:
            request = enrolment_pb2.EnrolRequest(enrolment_id=enrolment_id,
                                                 biometrics=capture.biometrics)
            return await self._call(self._enrolment.Enrol, request, _decision, seconds, **truth)
        request = enrolment_pb2.UpdateRequest(enrolment_id=enrolment_id, update_of=update_of,
                                              biometrics=capture.biometrics)
        return await self._call(self._enrolment.Update, request, _decision, seconds, of=update_of,
                                **truth)

    async def enrol(self, enrolment_id, capture, seconds=CALL_SECONDS, update_of=""):
        """Enrols, or updates, as the API asks: the same again after whatever may be repeated, not
        before RetryInfo allows it. `seconds` is for the first call. Returns the last answer."""
        while True:
            answer = await self.enrol_once(enrolment_id, capture, seconds, update_of)
            if answer.code not in MAY_BE_REPEATED:
                return answer
            if answer.code == "RESOURCE_EXHAUSTED":
                await self.get(enrolment_id)  # for the checker: nothing must be stored
            await answer.pause()
            seconds = CALL_SECONDS

    async def get(self, enrolment_id):
        request = enrolment_pb2.GetEnrolmentRequest(enrolment_id=enrolment_id)
        return await self._call(self._enrolment.GetEnrolment, request, _decision, id=enrolment_id)

    async def erase(self, enrolment_id):
        """Until it is done, or there is no such enrolment."""
        request = enrolment_pb2.EraseRequest(enrolment_id=enrolment_id, reason="stress")
        return await self._until_done(self._enrolment.Erase, request,
                                      lambda r: {"erased": r.erased, "number": r.number},
                                      id=enrolment_id)

    async def withdraw(self, enrolment_id):
        """Until it is done, or cannot be."""
        request = enrolment_pb2.WithdrawRequest(enrolment_id=enrolment_id, reason="stress")
        return await self._until_done(self._enrolment.Withdraw, request,
                                      lambda r: {"erased": r.withdrawn, "number": r.number},
                                      id=enrolment_id)

    async def list_cases(self, page_token="", page_size=100):
        """One page of the open cases."""
        request = adjudication_pb2.ListCasesRequest(page_size=page_size, page_token=page_token)
        return await self._call(self._adjudication.ListCases, request, lambda r: {
            "cases": [[case.enrolment_id, adjudication_pb2.CaseKind.Name(case.kind)]
                      for case in r.cases]})

    async def get_case(self, enrolment_id):
        request = adjudication_pb2.GetCaseRequest(enrolment_id=enrolment_id)
        return await self._call(self._adjudication.GetCase, request, _decision, id=enrolment_id)

    async def adjudicate(self, enrolment_id, verdicts):
        """`verdicts`: SAME or DIFFERENT by candidate. Until it is done, or cannot be."""
        request = adjudication_pb2.AdjudicateRequest(enrolment_id=enrolment_id, reason="stress")
        for candidate, verdict in verdicts.items():
            request.verdicts.add(candidate=candidate,
                                 verdict=adjudication_pb2.Verdict.Value(verdict))
        return await self._until_done(self._adjudication.Adjudicate, request, _decision,
                                      id=enrolment_id, verdicts=verdicts)

    async def status(self):
        return await self._call(self._gallery.GetStatus, gallery_pb2.GetStatusRequest(),
                                lambda r: {"head": r.head, "open": r.references.open})

    async def set_policy(self, llr_duplicate, llr_review):
        """Until it is done."""
        wanted = {"llr_duplicate": llr_duplicate, "llr_review": llr_review}
        request = gallery_pb2.SetPolicyRequest(**wanted, reason="stress")
        return await self._until_done(self._gallery.SetPolicy, request,
                                      lambda r: {"policy": _policy(r.policy)}, wanted=wanted)

    async def list_policies(self):
        return await self._call(self._gallery.ListPolicies, gallery_pb2.ListPoliciesRequest(),
                                lambda r: {"policies": [_policy(p) for p in r.policies]})

    async def watch(self, after, idle_s):
        """Follows the feed until the stream breaks or nothing has come for `idle_s`. Returns the
        last sequence seen."""
        request = enrolment_pb2.WatchDecisionsRequest(after_sequence=after)
        call = self._history.sent("WatchDecisions", after=after)
        stream = self._enrolment.WatchDecisions(request)
        code = "OK"
        try:
            while (event := await asyncio.wait_for(stream.read(), idle_s)) is not grpc.aio.EOF:
                after = event.sequence
                self._history.event(
                    call, event=enrolment_pb2.WatchDecisionsResponse.Event.Name(event.event),
                    sequence=event.sequence, **_decision(event))
        except asyncio.TimeoutError:
            stream.cancel()
        except grpc.aio.AioRpcError as error:
            code = error.code().name
        self._history.answered(call, code)
        return after

    async def _until_done(self, *what, **truth):
        while True:
            answer = await self._call(*what, **truth)
            if answer.code not in MAY_BE_REPEATED:
                return answer
            await answer.pause()

    async def _call(self, method, request, fields, seconds=CALL_SECONDS, **truth):
        """One call, written down with what `fields` picks of the response."""
        name = type(request).__name__.removesuffix("Request")
        call = self._history.sent(name, **truth)
        try:
            response = await method(request, timeout=seconds)
        except grpc.aio.AioRpcError as error:
            answer = Answer(error.code().name, retry_after_s=_retry_after_s(error))
            self._history.answered(call, answer.code, retry_after_s=answer.retry_after_s,
                                   message=error.details())
            return answer
        except asyncio.CancelledError:
            if asyncio.current_task().cancelling():
                raise  # the client itself goes away, and writes nothing more
            self._history.answered(call, "CANCELLED", message="hung up")
            return Answer("CANCELLED")
        self._history.answered(call, "OK", **fields(response))
        return Answer("OK", response)


async def health_until_not_serving(address):
    """What the server says of its health, up to NOT_SERVING after SERVING; then leaves, since a
    drain waits for whoever watches. grpc.health.v1 by its bytes: field 1 of the answer."""
    seen = []
    async with grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS) as channel:
        try:
            async for answer in channel.unary_stream("/grpc.health.v1.Health/Watch")(b""):
                seen.append({b"\x08\x01": "SERVING", b"\x08\x02": "NOT_SERVING"}[answer])
                if seen[-2:] == ["SERVING", "NOT_SERVING"]:
                    break
        except grpc.aio.AioRpcError:
            pass
    return seen


def _decision(response):
    decision = response.decision
    return {"decision": {
        "id": decision.enrolment_id, "number": decision.number,
        "kind": types_pb2.DecisionKind.Name(decision.kind), "duplicate_of": decision.duplicate_of,
        "update_of": decision.update_of, "erased": decision.erased,
        "decided_at": decision.decided_at, "policy": decision.policy_version,
        "searched": decision.searched_count, "gallery": decision.gallery_count,
        "findings": [finding.code for finding in decision.findings],
        "candidates": [[c.enrolment_id, c.llr] for c in decision.candidates]}}


def _policy(policy):
    return {"version": policy.version, "number": policy.number,
            "llr_duplicate": policy.llr_duplicate, "llr_review": policy.llr_review}


def _retry_after_s(error):
    """The delay of the error's RetryInfo, or None."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                retry = error_details_pb2.RetryInfo()
                if detail.Unpack(retry):
                    return retry.retry_delay.ToNanoseconds() / 1e9
    return None
