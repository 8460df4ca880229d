package dev.mooring.transport.wire;

import dev.mooring.session.ErrorCode;
import java.util.List;

/** What a client hears next, whatever its wire. Bytes are told as text of Latin 1. */
public sealed interface Heard {
  record Opened() implements Heard {}

  record Result(long id, List<Long> bits, String output) implements Heard {}

  /** An error of a call, or, with id 0, of all. */
  record Failed(long id, ErrorCode code) implements Heard {}

  record Event(String payload) implements Heard {}

  record Pong(long token) implements Heard {}

  record GoAway(long lastId) implements Heard {}

  record Closed(String reason) implements Heard {}

  /** The server has ended its side, after a whole message. */
  record End() implements Heard {}
}
