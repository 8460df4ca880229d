package dev.mooring.server.hostile;

import dev.mooring.proto.v1.Cancel;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Close;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Ping;
import dev.mooring.server.testing.RawClient;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a hostile client does; of which kind that is; what it sees of its end; and under which
 * reason the server must have counted it.
 *
 * <p>Two attacks may end in two ways, by the rate of their address, which time refills: then what
 * the client saw says which it was.
 */
enum Attack {
  SILENT_STRANGER(Kind.SLOW_FIRST_BYTE, Stage.CONNECTED, Attacker.CUT, "HANDSHAKE_TIMEOUT") {
    @Override
    void act(Attacker me) {
      // Not a byte.
    }
  },
  SILENT_GUEST(
      Kind.SLOW_FIRST_BYTE, Stage.GREETED, "FIRST_MESSAGE_TIMEOUT", "FIRST_MESSAGE_TIMEOUT") {
    @Override
    void act(Attacker me) {
      // Not a byte but for the handshake's.
    }
  },

  DRIPPED_HANDSHAKE(Kind.ONE_BYTE_A_SECOND, Stage.CONNECTED, Attacker.CUT, "HANDSHAKE_TIMEOUT") {
    @Override
    void act(Attacker me) {
      me.drip(me.clientHello());
    }
  },
  DRIPPED_OPEN(
      Kind.ONE_BYTE_A_SECOND, Stage.GREETED, "FIRST_MESSAGE_TIMEOUT", "FIRST_MESSAGE_TIMEOUT") {
    @Override
    void act(Attacker me) {
      me.drip(Attacker.frame(open("counter", "", Map.of())));
    }
  },
  /** A call of as many bytes as may be: were they set aside, that would be 4 MiB a client. */
  DRIPPED_CALL(Kind.ONE_BYTE_A_SECOND, Stage.OPEN, "FRAME_TIMEOUT", "FRAME_TIMEOUT") {
    @Override
    void act(Attacker me) {
      me.drip(new byte[] {-128, -128, -128, 2, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    }
  },

  HUGE_OPEN(Kind.HUGE_LENGTH, Stage.GREETED, "FRAME_TOO_LARGE", "FRAME_TOO_LARGE") {
    @Override
    void act(Attacker me) {
      me.send(new byte[] {-1, -1, -1, -1, 7});
    }
  },
  HUGE_CALL(Kind.HUGE_LENGTH, Stage.OPEN, "FRAME_TOO_LARGE", "FRAME_TOO_LARGE") {
    @Override
    void act(Attacker me) {
      me.send(new byte[] {-127, -128, -128, 2});
    }
  },

  ENDLESS_PING(Kind.ENDLESS_PING, Stage.OPEN, "RATE_EXCEEDED", "PING_FLOOD") {
    @Override
    void act(Attacker me) {
      var ping = ClientMessage.newBuilder().setPing(Ping.newBuilder().setToken(1));
      me.flood(Attacker.frame(ping.build()));
    }
  },

  /**
   * A trap is no offence: such a session counts as one that its client closed, and its calls under
   * GUEST_TRAP. All come from one address, so in the end it is its rate that stops the loop.
   */
  TRAP_LOOP(
      Kind.OPEN_TRAP_CLOSE,
      Stage.OPEN,
      "CLIENT_CLOSED",
      "CLIENT_CLOSED",
      Attacker.REFUSED,
      "ACCEPT_RATE") {
    @Override
    String module() {
      return "traps";
    }

    @Override
    void act(Attacker me) {
      for (int i = 0; i < TRAPS; i++) {
        String trap = TRAP_NAMES.get(me.random().nextInt(TRAP_NAMES.size()));
        me.send(Attacker.frame(RawClient.callMessage(i + 1, trap, new byte[0])));
      }
      me.send(Attacker.frame(ClientMessage.newBuilder().setClose(Close.newBuilder()).build()));
    }
  },

  STOPPED_HANDSHAKE(Kind.HANDSHAKE_AND_STOP, Stage.CONNECTED, Attacker.CUT, "HANDSHAKE_TIMEOUT") {
    @Override
    void act(Attacker me) {
      me.send(me.clientHello());
    }
  },
  LEFT_HANDSHAKE(Kind.HANDSHAKE_AND_STOP, Stage.CONNECTED, Attacker.LEFT, "HANDSHAKE_ABANDONED") {
    @Override
    void act(Attacker me) {
      me.send(me.clientHello());
      me.whenAnswered(me::leave);
    }
  },
  RESET_HANDSHAKE(Kind.HANDSHAKE_AND_STOP, Stage.CONNECTED, Attacker.LEFT, "HANDSHAKE_ABANDONED") {
    @Override
    void act(Attacker me) {
      me.send(me.clientHello());
      me.whenAnswered(me::reset);
    }
  },

  /** From a few addresses only: in the end nobody looks at their tokens. */
  TOKEN_GUESS(
      Kind.TOKEN_GUESSING,
      Stage.GREETED,
      "UNAUTHENTICATED",
      "UNAUTHENTICATED",
      "RATE_EXCEEDED",
      "FAILED_OPENS") {
    @Override
    void act(Attacker me) {
      String guess = Long.toHexString(me.random().nextLong());
      me.send(Attacker.frame(open("counter", guess, Map.of())));
    }
  },

  /** As if its machine had lost power: there is no end of the connection, ever. */
  VANISHED(Kind.HALF_OPEN, Stage.OPEN, "IDLE_TIMEOUT", "IDLE_TIMEOUT") {
    @Override
    void act(Attacker me) {
      // Not a byte more.
    }
  },
  HALF_CLOSED_IN_FRAME(Kind.HALF_OPEN, Stage.OPEN, "MALFORMED_FRAME", "MALFORMED_FRAME") {
    @Override
    void act(Attacker me) {
      me.send(new byte[] {100, 18});
      me.halfClose();
    }
  },
  HALF_CLOSED_UNOPENED(Kind.HALF_OPEN, Stage.GREETED, "CLIENT_CLOSED", "NEVER_OPENED") {
    @Override
    void act(Attacker me) {
      me.halfClose();
    }
  },

  DEAF(Kind.NEVER_READING, Stage.OPEN, Attacker.DEAF, "WRITE_STALLED") {
    @Override
    String module() {
      return "greedy";
    }

    @Override
    void act(Attacker me) {
      me.stopReading();
      for (int i = 0; i < DEAF_CALLS; i++) {
        var one = RawClient.i32(1);
        var bytes = RawClient.i32(DEAF_OUTPUT_BYTES);
        me.send(Attacker.frame(RawClient.callMessage(i + 1, "output", new byte[0], one, bytes)));
      }
    }
  },

  CANCEL_FLOOD(Kind.CANCEL_FLOOD, Stage.OPEN, "RATE_EXCEEDED", "CANCEL_FLOOD") {
    @Override
    void act(Attacker me) {
      var cancel = ClientMessage.newBuilder().setCancel(Cancel.newBuilder().setId(1));
      me.flood(Attacker.frame(cancel.build()));
    }
  },

  LONG_CONFIG(Kind.OVERSIZED_CONFIG, Stage.GREETED, "INVALID_CONFIG", "INVALID_CONFIG") {
    @Override
    void act(Attacker me) {
      me.send(Attacker.frame(open("counter", "", Map.of("key", "v".repeat(70_000)))));
    }
  },
  MANY_KEYS(Kind.OVERSIZED_CONFIG, Stage.GREETED, "INVALID_CONFIG", "INVALID_CONFIG") {
    @Override
    void act(Attacker me) {
      var config = new TreeMap<String, String>();
      for (int i = 0; i < 1_000; i++) {
        config.put("key" + i, "");
      }
      me.send(Attacker.frame(open("counter", "", config)));
    }
  },

  NOISE(Kind.GARBAGE, Stage.CONNECTED, Attacker.CUT, "NOT_TLS") {
    @Override
    void act(Attacker me) {
      me.send(me.random().nextBoolean() ? REQUEST : me.noise(new byte[] {9}));
    }
  },
  NOISE_AS_HANDSHAKE(Kind.GARBAGE, Stage.CONNECTED, Attacker.CUT, "HANDSHAKE_FAILED") {
    @Override
    void act(Attacker me) {
      me.send(me.noise(new byte[] {22, 3, 1, 0, 64, 99}));
    }
  },
  /** A frame that begins with a tag of no wire type. */
  NOISE_AS_OPEN(Kind.GARBAGE, Stage.GREETED, "MALFORMED_MESSAGE", "MALFORMED_MESSAGE") {
    @Override
    void act(Attacker me) {
      me.send(me.noise(new byte[] {64, 15}));
    }
  },
  NOISE_BENEATH_TLS(Kind.GARBAGE, Stage.OPEN, Attacker.CUT, "BROKEN_TLS") {
    @Override
    void act(Attacker me) {
      me.sendBeneathTls(me.noise(new byte[] {23, 3, 3, 0, 64}));
    }
  },

  DRIPPED_REQUEST(Kind.WEBSOCKET, Stage.GREETED, Attacker.CUT, "FIRST_MESSAGE_TIMEOUT") {
    @Override
    void act(Attacker me) {
      me.drip(WebBytes.REQUEST);
    }
  },
  ENDLESS_REQUEST(Kind.WEBSOCKET, Stage.GREETED, Attacker.CUT, "UNEXPECTED_HTTP") {
    @Override
    void act(Attacker me) {
      me.send(WebBytes.REQUEST_LINE);
      me.flood(WebBytes.REQUEST_HEADER);
    }
  },
  FOREIGN_PAGE(Kind.WEBSOCKET, Stage.GREETED, Attacker.CUT, "FOREIGN_ORIGIN") {
    @Override
    void act(Attacker me) {
      me.send(WebBytes.FOREIGN_REQUEST);
    }
  },
  WEBSOCKET_PINGS(Kind.WEBSOCKET, Stage.GREETED, Attacker.CUT, "PING_FLOOD") {
    @Override
    void act(Attacker me) {
      me.send(WebBytes.REQUEST);
      me.flood(WebBytes.PING);
    }
  },
  TINY_FRAGMENTS(Kind.WEBSOCKET, Stage.GREETED, Attacker.CUT, "FRAME_TOO_LARGE") {
    @Override
    void act(Attacker me) {
      me.send(WebBytes.REQUEST);
      me.send(WebBytes.FRAGMENTS);
    }
  },
  MASKED_NOISE(Kind.WEBSOCKET, Stage.GREETED, Attacker.CUT, "MALFORMED_MESSAGE") {
    @Override
    void act(Attacker me) {
      me.send(WebBytes.REQUEST);
      me.send(WebBytes.masked(me.noise(new byte[] {15})));
    }
  },

  /** Streams count as connections, too: in the end it is their address's rate that stops it. */
  RAPID_RESETS(
      Kind.RAPID_RESET,
      Stage.GREETED,
      Attacker.CUT,
      "FRAME_FLOOD",
      Attacker.REFUSED,
      "ACCEPT_RATE") {
    @Override
    void act(Attacker me) {
      me.send(Http2Bytes.PREFACE);
      me.send(Http2Bytes.RESETS);
    }
  },
  HTTP2_PINGS(Kind.HTTP2, Stage.GREETED, Attacker.CUT, "PING_FLOOD") {
    @Override
    void act(Attacker me) {
      me.send(Http2Bytes.PREFACE);
      me.flood(Http2Bytes.PING);
    }
  },
  HTTP2_SETTINGS(Kind.HTTP2, Stage.GREETED, Attacker.CUT, "FRAME_FLOOD") {
    @Override
    void act(Attacker me) {
      me.send(Http2Bytes.PREFACE);
      me.flood(Http2Bytes.SETTINGS);
    }
  },
  CONTINUATIONS(Kind.HTTP2, Stage.GREETED, Attacker.CUT, "FRAME_FLOOD") {
    @Override
    void act(Attacker me) {
      me.send(Http2Bytes.PREFACE);
      me.send(Http2Bytes.UNFINISHED_HEADERS);
      me.flood(Http2Bytes.CONTINUATION);
    }
  },
  NO_SETTINGS(Kind.HTTP2, Stage.GREETED, Attacker.CUT, "HANDSHAKE_TIMEOUT") {
    @Override
    void act(Attacker me) {
      me.send(Http2Bytes.MAGIC);
    }
  },
  HTTP2_NOISE(Kind.HTTP2, Stage.GREETED, Attacker.CUT, "BROKEN_HTTP2") {
    @Override
    void act(Attacker me) {
      me.send(Http2Bytes.PREFACE);
      me.send(me.noise(Http2Bytes.DATA_OF_NO_STREAM));
    }
  };

  /** The kinds that the server must stand. */
  enum Kind {
    SLOW_FIRST_BYTE(1),
    ONE_BYTE_A_SECOND(2),
    HUGE_LENGTH(3),
    ENDLESS_PING(4),
    OPEN_TRAP_CLOSE(5, 1),
    HANDSHAKE_AND_STOP(6),
    TOKEN_GUESSING(7, 4),
    /** Half closed, or half there: the server waits for somebody who is gone. */
    HALF_OPEN(8),
    NEVER_READING(9),
    CANCEL_FLOOD(10),
    OVERSIZED_CONFIG(11),
    GARBAGE(12),
    /** What browsers and their like can do. */
    WEBSOCKET(13),
    /** What breaks servers of HTTP/2. */
    HTTP2(14),
    RAPID_RESET(15);

    private static final int ADDRESSES = 40;
    private static final int FIRST_NETWORK = 100;

    private final int number;
    private final int addresses;

    Kind(int number) {
      this(number, ADDRESSES);
    }

    Kind(int number, int addresses) {
      this.number = number;
      this.addresses = addresses;
    }

    /** Whether what is spoken is Mooring's own protocol. */
    boolean isMooring() {
      return number < WEBSOCKET.number;
    }

    List<Attack> attacks() {
      return Stream.of(Attack.values()).filter(attack -> attack.kind == this).toList();
    }

    /** How many connections of this kind there are, if there are so many in all. */
    int connections(int all) {
      int kinds = values().length;
      return all / kinds + (number <= all % kinds ? 1 : 0);
    }

    /** Where one of this kind comes from; those that mean well come from elsewhere. */
    String address(Random random) {
      return "127.0." + (FIRST_NETWORK + number) + "." + (1 + random.nextInt(addresses));
    }
  }

  /** How far a client goes in good order before it attacks. */
  enum Stage {
    /** There is a connection, and no TLS. */
    CONNECTED,
    /** The handshake is done. */
    GREETED,
    /** There is a session, opened with a good token. */
    OPEN
  }

  /** How many calls a {@link #TRAP_LOOP} makes in a session. */
  static final int TRAPS = 3;

  /** What the server may have to hold for one that doesn't read goes at most this far too far. */
  static final int DEAF_OUTPUT_BYTES = 16 << 10;

  /** More than the sockets take, and what may wait behind them. */
  private static final int DEAF_CALLS = 60;

  private static final List<String> TRAP_NAMES =
      List.of("unreachable", "div_zero", "load_oob", "recurse", "write_all_then_trap");

  private static final byte[] REQUEST =
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  final Kind kind;
  final Stage stage;
  private final String usuallySeen;
  private final String usualReason;
  private final String seenAtTheRate;
  private final String reasonAtTheRate;

  Attack(Kind kind, Stage stage, String seen, String reason) {
    this(kind, stage, seen, reason, seen, reason);
  }

  Attack(
      Kind kind,
      Stage stage,
      String usuallySeen,
      String usualReason,
      String seenAtTheRate,
      String reasonAtTheRate) {
    this.kind = kind;
    this.stage = stage;
    this.usuallySeen = usuallySeen;
    this.usualReason = usualReason;
    this.seenAtTheRate = seenAtTheRate;
    this.reasonAtTheRate = reasonAtTheRate;
  }

  /** The reason under which one must have been counted that saw this of its end. */
  String reason(String seen) {
    if (seen.equals(usuallySeen)) {
      return usualReason;
    }
    if (seen.equals(seenAtTheRate)) {
      return reasonAtTheRate;
    }
    throw new AssertionError(this + " saw " + seen);
  }

  /** What it does, once it has come to its stage. */
  abstract void act(Attacker me);

  /** What it opens, if it does. */
  String module() {
    return "counter";
  }

  static ClientMessage open(String module, String token, Map<String, String> config) {
    return ClientMessage.newBuilder()
        .setOpen(
            Open.newBuilder()
                .setProtocolVersion(1)
                .setModule(module)
                .setAuthToken(token)
                .putAllConfig(config))
        .build();
  }
}
