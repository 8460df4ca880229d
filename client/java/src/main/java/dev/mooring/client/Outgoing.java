package dev.mooring.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** What waits to be written to the server. Made by any thread, used up by the event loop. */
sealed interface Outgoing {

  /** The session is over, or takes nothing more: completes whoever waits for this. */
  void fail(MooringException error);

  /** A call, from when it was made until it is answered; also the future that its caller got. */
  final class PendingCall extends CompletableFuture<CallResult> implements Outgoing, Runnable {
    private final Session session;
    final CallRequest request;

    /** Where the server knows the function, or -1 to send its name. */
    final int functionIndex;

    /** The protocol's id, given when the call is written; the event loop's. */
    long id;

    /** Whether the server owes no answer and the call has no room; the event loop's. */
    boolean settled;

    /** Ends the wait for an answer, if the call has a timeout. Set before the call is queued. */
    @Nullable Future<?> timer;

    PendingCall(Session session, CallRequest request, int functionIndex) {
      this.session = session;
      this.request = request;
      this.functionIndex = functionIndex;
    }

    /** Gives back what the call holds of its session: its room, and its timer. */
    void settle(CallWindow window) {
      assert !settled;
      settled = true;
      Loop.cancel(timer);
      window.release(request.inputLength());
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      boolean cancelled = super.cancel(mayInterruptIfRunning);
      if (cancelled) {
        session.submit(new CancelCall(this));
      }
      return cancelled;
    }

    /** What is chained to this is an ordinary future: cancelling that cancels no call. */
    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new CompletableFuture<>();
    }

    @Override
    public void fail(MooringException error) {
      completeExceptionally(error);
    }

    /** The timer: no answer came in time. A call that was sent stays in flight until answered. */
    @Override
    public void run() {
      boolean sent = id != 0;
      completeExceptionally(
          new MooringException(
              ErrorCode.DEADLINE_EXCEEDED,
              sent
                  ? "no answer came in time; the call may have taken effect"
                  : "the call could not be sent in time",
              !sent,
              false,
              null,
              id,
              null));
    }
  }

  /** The wish that a call be taken out of the queue, after its future was cancelled. */
  record CancelCall(PendingCall call) implements Outgoing {
    @Override
    public void fail(MooringException error) {}
  }

  /** A ping, from when it was asked for until it is answered. */
  final class PendingPing extends CompletableFuture<Duration> implements Outgoing {
    /** When it was written, in {@link System#nanoTime}; the event loop's. */
    long sentNanos;

    /** What comes back in the answer; the event loop's. */
    long token;

    @Override
    public void fail(MooringException error) {
      completeExceptionally(error);
    }
  }

  /** That what a kept session has said has come; which of it is known when it is written. */
  enum Acknowledgement implements Outgoing {
    ACKNOWLEDGEMENT;

    @Override
    public void fail(MooringException error) {}
  }

  /** The wish to end after everything before it. */
  enum Goodbye implements Outgoing {
    /** The session is to end. */
    CLOSE,
    /** The session, which is kept, stays at the server. */
    DETACH;

    @Override
    public void fail(MooringException error) {}
  }
}
