package dev.mooring.client;

/**
 * What went wrong, and with it what to do. The server's codes have the numbers of the protocol; the
 * 900s are this client's own and never cross the wire.
 *
 * <p>Whether the same request may succeed if it is made again is said by {@link
 * MooringException#retryable}, which may depend on more than the code.
 */
public enum ErrorCode {
  // 1xx: the connection, and the session with it, has ended.

  /** The server failed. Report it to its operator; open another session. */
  INTERNAL(100),
  /** The server couldn't read a frame's length: something between the two changed the bytes. */
  MALFORMED_FRAME(101),
  /**
   * The message is longer than {@link SessionLimits#frameBytes}. Send less in one call. This client
   * fails such a call itself, and the session goes on.
   */
  FRAME_TOO_LARGE(102),
  /** The server couldn't read a message: something between the two changed the bytes. */
  MALFORMED_MESSAGE(103),
  /** A message came before the session was open. A defect of this client. */
  NOT_OPEN(104),
  /** A session was opened twice on one connection. A defect of this client. */
  ALREADY_OPEN(105),
  /** Call ids didn't grow. A defect of this client. */
  INVALID_CALL_ID(106),
  /** The server waited too long for the first message. The network or this machine is slow. */
  FIRST_MESSAGE_TIMEOUT(107),
  /** The server waited too long for the rest of a message. The network or this machine is slow. */
  FRAME_TIMEOUT(108),
  /** Nothing was sent for longer than the server allows. Open another session when needed. */
  IDLE_TIMEOUT(109),
  /** This side didn't take what the server sent. Don't block the event loop; see the package. */
  WRITE_STALLED(110),
  /** More was sent than the server allows. Slow down. */
  RATE_EXCEEDED(111),
  /** The session lived as long as the server allows. Open another. */
  SESSION_EXPIRED(112),
  /** The server lost the instance, as a rule to a guest's defect. Open another session. */
  SESSION_LOST(113),
  /**
   * Another connection goes on with the kept session, as whoever made it wanted. This client
   * doesn't take it back by itself.
   */
  SESSION_TAKEN(114),
  /** The server's store failed, and the kept session is as it was when it last was safe. */
  STORE_FAILED(115),

  // 2xx: the session could not be opened.

  /** The server doesn't speak this client's version of the protocol. Update the older one. */
  UNSUPPORTED_VERSION(200),
  /** The server has no module of that name or digest. Check the name. */
  MODULE_NOT_FOUND(201),
  /** The server has the module but won't run it; the message says why. */
  MODULE_REFUSED(202),
  /** The session's configuration isn't valid. Correct it. */
  INVALID_CONFIG(203),
  /** The module doesn't know one of the configuration's keys. Correct or drop it. */
  UNKNOWN_CONFIG_KEY(204),
  /** The server wants to know who asks. Give a valid token: {@link OpenOptions#withAuthToken}. */
  UNAUTHENTICATED(205),
  /** The one who asks may not have this. Ask the operator. */
  PERMISSION_DENIED(206),
  /** The server has no room for another session now. Try again later, or another server. */
  SERVER_OVERLOADED(207),
  /** The server is shutting down. Try another server, or later. */
  SHUTTING_DOWN(208),
  /** The guest failed while its session was being opened; the message says how. */
  GUEST_OPEN_FAILED(209),
  /**
   * There is no such kept session: it never was, has ended or expired, or isn't yours; or the
   * server that kept it in its memory is no more. Open another.
   */
  SESSION_NOT_FOUND(210),
  /** There is a kept session of this name, and it was to be a new one. Choose another name. */
  SESSION_EXISTS(211),
  /** The kept session is of another module, or of other bytes. Check which module is meant. */
  MODULE_MISMATCH(212),
  /** What was asked about keeping the session makes no sense; the message says why. Correct it. */
  INVALID_KEEP(213),
  /** The server doesn't keep sessions, or not as safely. Ask for less, or another server. */
  DURABILITY_UNAVAILABLE(214),

  // 3xx: one call failed and left no trace in the instance. The session goes on.

  /** The module has no such function, or clients may not call it. */
  FUNCTION_NOT_FOUND(300),
  /** The arguments aren't those of the function's signature. */
  INVALID_ARGUMENTS(301),
  /** WebAssembly stopped the guest; {@link MooringException#trap} says why. */
  GUEST_TRAP(302),
  /** The guest said itself that the call failed, and why: a message for this client. */
  GUEST_FAILED(303),
  /** The guest called {@code proc_exit}, with another status than 0 or owing a result. */
  GUEST_EXITED(304),
  /**
   * The call took longer than it may. From the server: it was undone. From this client, if {@link
   * MooringException#fromServer} is false: there was no answer in time, and whether the call took
   * effect is not known.
   */
  DEADLINE_EXCEEDED(305),
  /** The call was cancelled before it ran. */
  CANCELLED(306),
  /** The guest wrote more output than {@link SessionLimits#outputBytes}. Ask for less at once. */
  OUTPUT_TOO_LARGE(307),
  /** The guest sent more events than {@link SessionLimits#eventsPerCall}. */
  TOO_MANY_EVENTS(308),
  /** The session is about to end and takes no more calls. Open another. */
  CALL_REFUSED(309),

  // 9xx: found by this client.

  /** No connection could be made. Check the address, and that the server runs. */
  CONNECT_FAILED(900),
  /** The server accepted the connection, but didn't open the session in time. */
  OPEN_TIMEOUT(901),
  /**
   * The connection ended without a goodbye, or the other side fell silent; of a kept session, it
   * wasn't made again in time either. The session is lost, unless it is kept: then it may be there
   * yet. Calls that weren't answered may or may not have run.
   */
  CONNECTION_LOST(902),
  /** The other side doesn't speak the protocol as it is written. Is it a Mooring server? */
  PROTOCOL_VIOLATION(903),
  /** The session, or the client, was closed on this side before. */
  SESSION_CLOSED(904),
  /**
   * The server goes on with a kept session, but in an older state than it had told of: calls that
   * were answered may be undone. Nothing is known of the state any more but what the guest says.
   */
  STATE_LOST(905),
  /** The server sent a code that this client doesn't know. The message says more. */
  UNKNOWN(999);

  /** What an error ends. */
  public enum Scope {
    /** The connection and its session. */
    CONNECTION,
    /** The attempt to open a session. */
    OPEN,
    /** One call; the session goes on. */
    CALL,
    /** What this client found out itself; see the code. */
    CLIENT
  }

  private final int number;

  ErrorCode(int number) {
    this.number = number;
  }

  /** The protocol's number of this code, or one of the 900s. */
  public int number() {
    return number;
  }

  /** What an error of this code ends. */
  public Scope scope() {
    return switch (number / 100) {
      case 1 -> Scope.CONNECTION;
      case 2 -> Scope.OPEN;
      case 3 -> Scope.CALL;
      default -> Scope.CLIENT;
    };
  }
}
