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

  /** Whose stream this is; null for a connection. */
  private final @Nullable ConnectionAdmission carrier;

  private @Nullable SocketAddress address;
  private @Nullable X500Principal certificate;
  private @Nullable Refusal refusal;
  private boolean inside;
  private boolean lingering;
  private boolean counted;
  private boolean opened;
  private long silentNanos;

  /** Whether the place that this connection has is one of its streams'. */
  private boolean lent;

  /** Whether the place that this stream has is its connection's. */
  private boolean borrowed;

  private @Nullable EndReason ending;
  private Runnable whenHandshakeDone = () -> {};

  public ConnectionAdmission(AdmissionControl control) {
    this(control, null);
  }

  private ConnectionAdmission(AdmissionControl control, @Nullable ConnectionAdmission carrier) {
    this.control = control;
    this.carrier = carrier;
  }

  /**
   * One of the streams that this connection carries, which is yet to {@link #knock}. Each counts
   * like a connection; but the connection's own place is a stream's while it has any.
   */
  public ConnectionAdmission newStream() {
    var stream = new ConnectionAdmission(control, this);
    stream.address = address;
    stream.certificate = certificate;
    return stream;
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
    if (carrier != null && carrier.refusal != null) {
      // It was counted with the connection.
      counted = true;
      refusal = carrier.refusal;
      return;
    }
    borrowed = carrier != null && carrier.lend();
    refusal = borrowed ? control.enterAgain(this) : control.enter(this);
    if (refusal == null) {
      inside = !borrowed;
    } else {
      giveBack();
      turnedAway(refusal.reason());
    }
  }

  private boolean lend() {
    boolean isFree = inside && !lent;
    lent |= isFree;
    return isFree;
  }

  private void giveBack() {
    if (borrowed && carrier != null) {
      borrowed = false;
      carrier.lent = false;
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
    giveBack();
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
    this.ending = ending;
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

  /** How it ended; null if it hasn't. */
  public @Nullable EndReason ending() {
    return ending;
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
