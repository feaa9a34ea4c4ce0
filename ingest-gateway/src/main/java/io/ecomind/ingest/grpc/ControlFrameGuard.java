package io.ecomind.ingest.grpc;

import io.ecomind.ingest.grpc.GrpcLimits.GrpcConnections;
import io.ecomind.service.limits.Refusals;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslHandler;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Bounds the HTTP/2 frames of a connection that make the server work and carry nothing of a call, such as PING, SETTINGS,
 * PRIORITY, WINDOW_UPDATE, RST_STREAM, CONTINUATION and frames of unknown types, and DATA without content. Over the limit of
 * a second the connection gets GOAWAY with ENHANCE_YOUR_CALM and is closed. For the thread of its connection.
 *
 * <p>It reads the headers of frames from the bytes themselves, before they are decoded: the decoder drops frames of streams
 * that have ended, so that nobody behind it could count them.
 */
final class ControlFrameGuard extends ChannelInboundHandlerAdapter {
    private static final int PREFACE_BYTES = 24;
    private static final int HEADER_BYTES = 9;
    private static final int DATA = 0;
    private static final int HEADERS = 1;

    /** Less than the prefix of a message and the smallest event: a flood of such frames is no message either. */
    private static final int SMALL_DATA = 16;

    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final GrpcConnections limits;
    private final BooleanSupplier withKey;
    private final Refusals refusals;
    private int toSkip = PREFACE_BYTES;
    private int headerBytes;
    private int length;
    private int type;
    private int count;
    private long windowBeganNanos = System.nanoTime();
    private boolean over;

    private ControlFrameGuard(GrpcConnections limits, BooleanSupplier withKey, Refusals refusals) {
        this.limits = limits;
        this.withKey = withKey;
        this.refusals = refusals;
    }

    /**
     * Watches a connection that was accepted and has no handlers yet.
     *
     * @param withKey whether a call of the connection had a valid key
     */
    static void watch(Channel accepted, GrpcConnections limits, BooleanSupplier withKey, Refusals refusals) {
        accepted.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object bytes) {
                var guard = new ControlFrameGuard(limits, withKey, refusals);
                // With TLS the frames are there behind the handler that decrypts, which the server has added by now.
                ChannelHandlerContext decrypting = ctx.pipeline().context(SslHandler.class);
                ctx.pipeline().addAfter((decrypting == null ? ctx : decrypting).name(), null, guard);
                ctx.pipeline().remove(this);
                ctx.fireChannelRead(bytes);
            }
        });
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
        if (!over) {
            count((ByteBuf) bytes);
            if (!over) {
                ctx.fireChannelRead(bytes);
                return;
            }
            refusals.tooManyControlFrames();
            ctx.fireExceptionCaught(Http2Exception.connectionError(
                    Http2Error.ENHANCE_YOUR_CALM,
                    "a connection must have at most %d control frames a second",
                    limit()));
        }
        // The connection is being closed.
        ReferenceCountUtil.release(bytes);
    }

    private int limit() {
        return withKey.getAsBoolean() ? limits.controlFramesPerSecondWithKey() : limits.controlFramesPerSecond();
    }

    private void count(ByteBuf bytes) {
        int at = bytes.readerIndex();
        int end = bytes.writerIndex();
        while (at < end && !over) {
            if (toSkip > 0) {
                int skipped = Math.min(toSkip, end - at);
                toSkip -= skipped;
                at += skipped;
                continue;
            }
            int value = bytes.getUnsignedByte(at++);
            if (headerBytes < 3) {
                length = length << 8 | value;
            } else if (headerBytes == 3) {
                type = value;
            }
            if (++headerBytes == HEADER_BYTES) {
                frame();
                toSkip = length;
                headerBytes = 0;
                length = 0;
            }
        }
    }

    private void frame() {
        if (type == HEADERS || (type == DATA && length >= SMALL_DATA)) {
            return;
        }
        long now = System.nanoTime();
        if (now - windowBeganNanos > WINDOW_NANOS) {
            windowBeganNanos = now;
            count = 0;
        }
        over = ++count > limit();
    }
}
