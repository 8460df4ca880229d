package dev.mooring.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mooring.rate.RateLimiter;
import dev.mooring.session.SessionInspector.Outcome;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: takes a request, has it answered elsewhere, and then takes the next. Each has so
 * much time to come, and its answer so much to be taken.
 *
 * <p>The admin side's own event loop only.
 */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);

  /** How often what was seen of a followed session is sent. */
  private static final int FOLLOW_MILLIS = 100;

  /** After so many of those without anything, a comment shows that the connection lives. */
  private static final int SILENT_TICKS = 50;

  private static final String POLICY =
      "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline';"
          + " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final AdminApi api;
  private final RequestGuard guard;
  private final RateLimiter limiter;
  private final Executor workers;
  private final int requestMillis;
  private boolean isAwaited;
  private @Nullable ScheduledFuture<?> patience;
  private @Nullable ScheduledFuture<?> stream;
  private @Nullable FollowedCalls followed;
  private String followedId = "";
  private int silentTicks;

  AdminHandler(
      AdminApi api, RequestGuard guard, RateLimiter limiter, Executor workers, int requestMillis) {
    this.api = api;
    this.guard = guard;
    this.limiter = limiter;
    this.workers = workers;
    this.requestMillis = requestMillis;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    next(ctx);
  }

  private void next(ChannelHandlerContext ctx) {
    isAwaited = true;
    wait(ctx);
    ctx.read();
  }

  /**
   * A request that comes in pieces takes a read for each: what one read brought may be no whole.
   */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (isAwaited) {
      ctx.read();
    }
  }

  private void wait(ChannelHandlerContext ctx) {
    stopWaiting();
    patience = ctx.executor().schedule(() -> ctx.close(), requestMillis, TimeUnit.MILLISECONDS);
  }

  private void stopWaiting() {
    if (patience != null) {
      patience.cancel(false);
      patience = null;
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest http) {
    isAwaited = false;
    stopWaiting();
    // Behind what is no request, nothing can be told apart.
    boolean keepAlive = HttpUtil.isKeepAlive(http) && http.decoderResult().isSuccess();
    HttpMethod method = http.method();
    try {
      Request request = check(http);
      String id = AdminApi.followed(request);
      workers.execute(
          () -> {
            if (id.isEmpty()) {
              Answer answer = answer(request);
              ctx.executor().execute(() -> send(ctx, answer, keepAlive, method));
            } else {
              follow(ctx, id);
            }
          });
    } catch (Problem e) {
      send(ctx, e.answer(), keepAlive, method);
    } catch (RejectedExecutionException e) {
      Answer busy =
          Answer.problem(
              HttpResponseStatus.SERVICE_UNAVAILABLE, "too much is asked at once; try again later");
      send(ctx, busy, keepAlive, method);
    }
  }

  private Request check(FullHttpRequest http) throws Problem {
    if (http.decoderResult().isFailure()) {
      throw Problem.badRequest("this is no request of HTTP/1.1 as it is served here");
    }
    if (!limiter.tryTake(1, System.nanoTime())) {
      throw new Problem(
          HttpResponseStatus.TOO_MANY_REQUESTS,
          "more requests come in a second than are taken (requests_per_second under [admin])");
    }
    HttpHeaders headers = http.headers();
    guard.checkOrigin(headers);
    String path = http.uri().split("\\?", 2)[0];
    String who = AdminApi.isOpen(path) ? "" : guard.identify(headers);
    return Request.of(http.method(), http.uri(), ByteBufUtil.getBytes(http.content()), who);
  }

  private Answer answer(Request request) {
    try {
      return api.answer(request);
    } catch (Problem e) {
      return e.answer();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).addKeyValue("path", request.path()).log("a request failed");
      return Answer.problem(
          HttpResponseStatus.INTERNAL_SERVER_ERROR, "the server failed; its log says more");
    }
  }

  private void send(
      ChannelHandlerContext ctx, Answer answer, boolean keepAlive, HttpMethod method) {
    ByteBuf body =
        method.equals(HttpMethod.HEAD)
            ? Unpooled.EMPTY_BUFFER
            : Unpooled.wrappedBuffer(answer.body());
    var http = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.status(), body);
    HttpHeaders headers = http.headers();
    headers.set(HttpHeaderNames.CONTENT_TYPE, answer.type());
    headers.set(HttpHeaderNames.CONTENT_LENGTH, answer.body().length);
    protect(headers);
    if (answer.status().equals(HttpResponseStatus.UNAUTHORIZED)) {
      headers.set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    if (!keepAlive) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    wait(ctx); // Until it was taken.
    ctx.writeAndFlush(http)
        .addListener(
            sent -> {
              if (sent.isSuccess() && keepAlive) {
                next(ctx);
              } else {
                ctx.close();
              }
            });
  }

  private static void protect(HttpHeaders headers) {
    headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Content-Security-Policy", POLICY);
  }

  /** On a worker: it may wait for the session's event loop. */
  private void follow(ChannelHandlerContext ctx, String id) {
    var calls = new FollowedCalls();
    Outcome outcome = api.sessions().follow(id, calls);
    ctx.executor()
        .execute(
            () -> {
              if (outcome instanceof Outcome.Done) {
                begin(ctx, id, calls);
              } else {
                send(ctx, refusal(id, outcome), true, HttpMethod.GET);
              }
            });
  }

  private static Answer refusal(String id, Outcome outcome) {
    return switch (outcome) {
      case Outcome.Refused(String why) -> Answer.problem(HttpResponseStatus.CONFLICT, why);
      case Outcome.Silent silent ->
          Answer.problem(
              HttpResponseStatus.SERVICE_UNAVAILABLE, "the session's event loop doesn't answer");
      default ->
          Answer.problem(
              HttpResponseStatus.NOT_FOUND, "there is no session " + id + " that has memory");
    };
  }

  private void begin(ChannelHandlerContext ctx, String id, FollowedCalls calls) {
    followed = calls;
    followedId = id;
    if (!ctx.channel().isActive()) {
      endFollowing();
      return;
    }
    var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
    head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    protect(head.headers());
    ctx.writeAndFlush(head);
    ctx.read(); // So that it is known when nobody looks any more.
    stream =
        ctx.executor()
            .scheduleAtFixedRate(() -> tell(ctx, calls), 0, FOLLOW_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void tell(ChannelHandlerContext ctx, FollowedCalls calls) {
    if (!ctx.channel().isWritable()) {
      return; // What it doesn't take is dropped, and counted.
    }
    boolean isOver = calls.hasLeft();
    String text = calls.take();
    silentTicks = text.isEmpty() ? silentTicks + 1 : 0;
    if (silentTicks == SILENT_TICKS) {
      silentTicks = 0;
      text = ": nothing was called\n\n";
    }
    if (!text.isEmpty()) {
      ctx.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer(text, UTF_8)));
    }
    if (isOver) {
      ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private void endFollowing() {
    if (stream != null) {
      stream.cancel(false);
      stream = null;
    }
    if (followed != null) {
      followed = null;
      api.sessions().unfollow(followedId);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    stopWaiting();
    endFollowing();
  }

  /** A client may go at any time, and may send what is no request. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.atDebug().log("a connection of the admin side ends: {}", cause.toString());
    ctx.close();
  }
}
