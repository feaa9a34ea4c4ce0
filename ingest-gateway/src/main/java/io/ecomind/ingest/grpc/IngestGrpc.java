package io.ecomind.ingest.grpc;

import io.ecomind.contracts.v1.IngestError;
import io.ecomind.contracts.v1.IngestItem;
import io.ecomind.contracts.v1.IngestRequest;
import io.ecomind.contracts.v1.IngestResponse;
import io.ecomind.contracts.v1.IngestServiceGrpc;
import io.ecomind.ingest.IngestResult;
import io.ecomind.ingest.IngestService;
import io.ecomind.ingest.validation.EventDraft;
import io.ecomind.ingest.validation.ItemError;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.ingest.validation.Warnings;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.MachineKey;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The same ingest over gRPC; the sender of a call is known before it comes here, see {@link CallGate}. Thread-safe. */
final class IngestGrpc implements BindableService {
    private static final Logger log = LoggerFactory.getLogger(IngestGrpc.class);

    private final IngestService service;
    private final GrpcLimits limits;
    private final ItemLimits itemLimits;
    private final CallMeters meters;

    IngestGrpc(IngestService service, GrpcLimits limits, ItemLimits itemLimits, CallMeters meters) {
        this.service = service;
        this.limits = limits;
        this.itemLimits = itemLimits;
        this.meters = meters;
    }

    /** The generated method, but for messages that are not parsed yet. */
    @Override
    public ServerServiceDefinition bindService() {
        MethodDescriptor<IngestRequest, IngestResponse> generated = IngestServiceGrpc.getIngestMethod();
        MethodDescriptor<RawRequest, IngestResponse> raw = generated.toBuilder(
                        RawRequest.marshaller(limits, meters), generated.getResponseMarshaller())
                .build();
        return ServerServiceDefinition.builder(IngestServiceGrpc.SERVICE_NAME)
                .addMethod(raw, ServerCalls.asyncUnaryCall(this::ingest))
                .build();
    }

    private void ingest(RawRequest raw, StreamObserver<IngestResponse> observer) {
        MachineKey caller = CallGate.caller();
        try {
            accept(caller, raw, observer);
        } catch (AppException problem) {
            observer.onError(GrpcProblems.of(problem));
        } catch (RuntimeException bug) {
            fail(observer, bug);
        }
    }

    private void accept(MachineKey caller, RawRequest raw, StreamObserver<IngestResponse> observer) {
        IngestRequest request = IngestRequest.getDefaultInstance();
        try {
            request = raw.parsed(limits);
            var warnings = new Warnings(itemLimits);
            List<EventDraft> drafts = new ArrayList<>(request.getItemsCount());
            for (IngestItem item : request.getItemsList()) {
                for (int unknown : item.getUnknownFields().asMap().keySet()) {
                    warnings.unknownFieldNumber(unknown, drafts.size());
                }
                drafts.add(ItemDrafts.fromItem(drafts.size(), item, itemLimits));
            }
            service.ingest(caller, drafts, request.getIdempotencyKey(), warnings)
                    .whenComplete((result, bug) -> respond(observer, result, bug));
        } catch (AppException problem) {
            service.rejectRequest(caller, problem, ItemJson.of(request.getItemsList()));
            throw problem;
        }
    }

    /** Called by the thread that saw the acknowledgement, to which nobody listens: nothing may be thrown here. */
    private static void respond(
            StreamObserver<IngestResponse> observer, @Nullable IngestResult result, @Nullable Throwable bug) {
        if (result == null) {
            fail(observer, bug);
            return;
        }
        try {
            AppException problem = result.problem();
            if (problem == null) {
                observer.onNext(toProto(result));
                observer.onCompleted();
            } else {
                observer.onError(GrpcProblems.of(problem, result.errors()));
            }
        } catch (RuntimeException | Error unwritten) {
            fail(observer, unwritten);
        }
    }

    /** Ends a call that went wrong by our fault. */
    private static void fail(StreamObserver<IngestResponse> observer, @Nullable Throwable bug) {
        log.atError().setCause(bug).log("request failed");
        try {
            observer.onError(GrpcProblems.ofBug());
        } catch (RuntimeException gone) {
            log.atWarn().setCause(gone).log("a failed call could not be ended: its client went away");
        }
    }

    private static IngestResponse toProto(IngestResult result) {
        var response = IngestResponse.newBuilder()
                .setAccepted(result.accepted())
                .setRejected(result.rejected())
                .setDuplicates(result.duplicates())
                .setErrorsOmitted(result.errorsOmitted())
                .addAllWarnings(result.warnings());
        for (String id : result.ids()) {
            response.addIds(id == null ? "" : id);
        }
        for (ItemError error : result.errors()) {
            response.addErrors(IngestError.newBuilder()
                    .setIndex(error.index())
                    .setCode(error.code().code())
                    .setField(error.field())
                    .setMessage(error.message()));
        }
        return response.build();
    }
}
