package dev.mooring.transport.admission;

import dev.mooring.session.EndReason;
import dev.mooring.session.ErrorCode;
import java.net.SocketAddress;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of one connection, as far as it is known; and whether, and for what, they
 * were turned away.
 *
 * <p>Event loop only.
 */
public final class ConnectionAdmission {
  private final AdmissionControl control;
  private @Nullable SocketAddress address;
  private @Nullable X500Principal certificate;
  private @Nullable Refusal refusal;
  private boolean inside;
  private boolean lingering;
  private boolean counted;
  private boolean opened;
  private long silentNanos;
  private Runnable whenHandshakeDone = () -> {};

  public ConnectionAdmission(AdmissionControl control) {
    this.control = control;
  }

  /** Where they come from; null while nobody has said it. */
  public @Nullable SocketAddress address() {
    return address;
  }

  public void comesFrom(@Nullable SocketAddress address) {
    this.address = address;
  }

  /** Knocks: afterwards either {@link #refusal} says why not, or they are inside. */
  public void knock() {
    refusal = control.enter(this);
    if (refusal == null) {
      inside = true;
    } else {
      turnedAway(refusal.reason());
    }
  }

  /** Why they weren't let in, or null. */
  public @Nullable Refusal refusal() {
    return refusal;
  }

  /** Whether they, who weren't let in, may take their time to read why. */
  public boolean tryLinger() {
    lingering = control.tryLinger();
    return lingering;
  }

  /** Whether so many sessions failed to open from there that no other is tried now. */
  public boolean failsTooOften() {
    return control.failsTooOften(this);
  }

  /** They are gone. */
  public void leave() {
    if (lingering) {
      lingering = false;
      control.lingered();
    }
    if (inside) {
      inside = false;
      control.leave(this);
    }
  }

  /** They are turned away, or put out; a connection counts once, under the first reason. */
  public void turnedAway(RejectReason reason) {
    if (!counted) {
      counted = true;
      control.count(reason);
    }
  }

  /** They have a session. */
  public void opened() {
    opened = true;
  }

  /** Their session is over, or whatever there was instead of one. */
  public void ended(EndReason ending) {
    if (ending instanceof EndReason.Failed(var problem)) {
      if (problem.code().scope() == ErrorCode.Scope.OPENING && !problem.retryable()) {
        control.failedToOpen(this);
      }
      if (!counted) {
        counted = true;
        control.count(problem.code());
      }
    } else if (!opened) {
      turnedAway(RejectReason.NEVER_OPENED);
    }
  }

  /** How long they had time to say something before it was known what they speak. */
  public long silentNanos() {
    return silentNanos;
  }

  public void wereSilentFor(long nanos) {
    silentNanos = nanos;
  }

  /** What to do once the handshake is done. */
  public void whenHandshakeDone(Runnable task) {
    whenHandshakeDone = task;
  }

  /** The handshake is done. */
  public void greeted() {
    whenHandshakeDone.run();
    whenHandshakeDone = () -> {};
  }

  /** Whose certificate they showed, if they did. */
  public @Nullable X500Principal certificate() {
    return certificate;
  }

  public void showed(X500Principal subject) {
    certificate = subject;
  }
}
