package dev.mooring.server.fault;

import dev.mooring.client.ErrorCode;
import dev.mooring.server.fault.FaultProxy.Fault;
import dev.mooring.server.fault.FaultProxy.Way;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A fault at a state of a session, and what must become of the session then.
 *
 * @param ways which ways of the connection the fault strikes
 */
record FaultCase(FaultState state, Fault fault, Set<Way> ways) {
  /** What the client still hears after a fault. */
  private enum Hears {
    THE_SERVER,
    THE_END,
    NOTHING
  }

  /** Every fault at every state, one way, the other and both. */
  static List<FaultCase> all() {
    var cases = new ArrayList<FaultCase>();
    for (FaultState state : FaultState.values()) {
      for (Fault fault : Fault.values()) {
        for (Set<Way> ways : waysToStrike()) {
          cases.add(new FaultCase(state, fault, ways));
        }
      }
    }
    return cases;
  }

  private static List<Set<Way>> waysToStrike() {
    return List.of(EnumSet.of(Way.TO_SERVER), EnumSet.of(Way.TO_CLIENT), EnumSet.allOf(Way.class));
  }

  private Hears hears() {
    if (ways.contains(Way.TO_CLIENT)) {
      return fault == Fault.CUT ? Hears.NOTHING : Hears.THE_END;
    }
    return fault == Fault.RESET ? Hears.NOTHING : Hears.THE_SERVER;
  }

  /** Which errors opening the session may end with; none if it must succeed. */
  Set<ErrorCode> openingErrors() {
    if (state.isOpened()) {
      return Set.of();
    }
    if (state == FaultState.TLS_HANDSHAKE) {
      // The client may have all that it needs for its part of the handshake.
      return hears() == Hears.THE_SERVER
          ? Set.of(ErrorCode.CONNECT_FAILED, ErrorCode.CONNECTION_LOST)
          : Set.of(ErrorCode.CONNECT_FAILED);
    }
    return switch (hears()) {
      case THE_END -> Set.of(ErrorCode.CONNECTION_LOST);
      case NOTHING -> Set.of(ErrorCode.OPEN_TIMEOUT);
      case THE_SERVER -> openingErrorsOfTheServer();
    };
  }

  private Set<ErrorCode> openingErrorsOfTheServer() {
    boolean cut = fault == Fault.CUT;
    return switch (state) {
      case CONNECTED -> Set.of(cut ? ErrorCode.FIRST_MESSAGE_TIMEOUT : ErrorCode.CONNECTION_LOST);
      case HALF_OF_OPEN_SENT ->
          cut
              ? Set.of(ErrorCode.FIRST_MESSAGE_TIMEOUT, ErrorCode.FRAME_TIMEOUT)
              : Set.of(ErrorCode.MALFORMED_FRAME);
      default -> Set.of();
    };
  }

  /** Which errors calls may end with that were made before; none if they must succeed. */
  Set<ErrorCode> callErrors() {
    if (hears() != Hears.THE_SERVER) {
      return Set.of(ErrorCode.CONNECTION_LOST);
    }
    if (state == FaultState.HALF_OF_CALL_SENT) {
      return Set.of(fault == Fault.CUT ? ErrorCode.FRAME_TIMEOUT : ErrorCode.MALFORMED_FRAME);
    }
    return Set.of();
  }

  /** Which errors a call may end with that was made afterwards; it can't succeed. */
  Set<ErrorCode> lateErrors() {
    var errors = EnumSet.noneOf(ErrorCode.class);
    if (state.isClosing()) {
      errors.add(ErrorCode.SESSION_CLOSED);
    } else if (state == FaultState.GOING_AWAY) {
      errors.add(ErrorCode.CALL_REFUSED);
    }
    if (hears() != Hears.THE_SERVER) {
      errors.add(ErrorCode.CONNECTION_LOST);
    } else if (errors.isEmpty()) {
      if (state == FaultState.HALF_OF_CALL_SENT) {
        errors.addAll(callErrors());
      } else {
        errors.add(fault == Fault.CUT ? ErrorCode.IDLE_TIMEOUT : ErrorCode.CONNECTION_LOST);
      }
    }
    return errors;
  }

  /** Whether the session ends in good order all the same. */
  boolean endsWell() {
    return hears() == Hears.THE_SERVER && (state.isClosing() || state == FaultState.GOING_AWAY);
  }

  @Override
  public String toString() {
    return state + " " + fault + " " + ways;
  }
}
