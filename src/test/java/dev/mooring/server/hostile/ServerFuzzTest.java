package dev.mooring.server.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mooring.fuzz.FuzzContract;
import dev.mooring.proto.Frames;
import dev.mooring.proto.GoldenFrame;
import dev.mooring.proto.GoldenFrame.Direction;
import dev.mooring.proto.GoldenFrames;
import dev.mooring.proto.v1.Cancel;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Close;
import dev.mooring.proto.v1.Ping;
import dev.mooring.server.testing.RawClient;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;

/**
 * Whatever bytes a client sends to a whole server, and however it ends: nothing of the server
 * fails, another session on the same event loop is answered, and nothing is left of this one.
 *
 * <p>An input is a byte that says which guest is opened first, whether the bytes come in good
 * frames, how the client ends, and how the bytes are cut; and the bytes. In good frames, each is a
 * byte of length and a body.
 */
public final class ServerFuzzTest extends FuzzContract {
  /** The first is for those that don't open. */
  private static final List<String> GUESTS =
      List.of("", "conformance", "echo", "ticker", "kv", "counter", "wordcount", "nosuch");

  private static final int GUEST = 0x07;
  private static final int IN_FRAMES = 0x08;
  private static final int WITH_A_CLOSE = 0x10;
  private static final int CUT_SHIFT = 5;

  /** An input of calls that never end, each stopped at its deadline, must itself end. */
  private static final int MOST_BYTES = 1_024;

  private static @Nullable FuzzedServer server;

  private static FuzzedServer server() throws Exception {
    FuzzedServer running = server;
    if (running == null) {
      running = new FuzzedServer();
      server = running;
    }
    return running;
  }

  @AfterAll
  static void close() {
    if (server != null) {
      server.close();
      server = null;
    }
  }

  @Override
  protected List<byte[]> seeds() {
    var seeds = new ArrayList<byte[]>();
    for (GoldenFrame frame : GoldenFrames.all()) {
      if (frame.direction() == Direction.CLIENT) {
        seeds.add(join(new byte[] {(byte) 0xE0}, frame.bytes()));
        seeds.add(join(new byte[] {0x41}, frame.bytes()));
      }
    }
    for (int guest = 0; guest < GUESTS.size(); guest++) {
      for (int kind : new int[] {0xE0, 0xE0 | WITH_A_CLOSE, 0x20, 0x60 | WITH_A_CLOSE}) {
        seeds.add(conversation(guest | kind | IN_FRAMES));
      }
    }
    return seeds;
  }

  /** Something of all that a client may say. */
  private static byte[] conversation(int kind) {
    var out = new ByteArrayOutputStream();
    out.write(kind);
    List<ClientMessage> messages =
        List.of(
            RawClient.callMessage(1, "add", new byte[0], RawClient.i64(5)),
            RawClient.callMessage(2, "echo", new byte[] {1, 2, 3}),
            RawClient.callMessage(3, "events", new byte[0], RawClient.i32(3)),
            RawClient.callMessage(4, "feed", "two words".getBytes(UTF_8)),
            RawClient.callMessage(5, "put", "key=value".getBytes(UTF_8)),
            RawClient.callMessage(6, "trap", new byte[0], RawClient.i32(2)),
            RawClient.callMessage(7, "spin", new byte[0]),
            RawClient.callMessage(8, "fail", "why".getBytes(UTF_8)),
            RawClient.callMessage(9, "timer", new byte[0], RawClient.i32(1)),
            RawClient.callMessage(10, "grow", new byte[0], RawClient.i32(1)),
            RawClient.callMessage(11, "exit", new byte[0], RawClient.i32(1)),
            ClientMessage.newBuilder().setCancel(Cancel.newBuilder().setId(9)).build(),
            ClientMessage.newBuilder().setPing(Ping.newBuilder().setToken(7)).build(),
            RawClient.openMessage("echo", Map.of()));
    for (ClientMessage message : messages) {
      byte[] body = message.toByteArray();
      out.write(body.length);
      out.writeBytes(body);
    }
    return out.toByteArray();
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }

  @Override
  protected void execute(byte[] input) throws Exception {
    fuzzerTestOneInput(input);
  }

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) throws Exception {
    if (input.length == 0 || input.length > MOST_BYTES) {
      return;
    }
    FuzzedServer server = server(); // Before any buffer: it looks for those that leak.
    boolean inFrames = (input[0] & IN_FRAMES) != 0;
    ByteBuf bytes = Unpooled.buffer();
    int guest = input[0] & GUEST;
    if (guest != 0) {
      Frames.write(bytes, RawClient.openMessage(GUESTS.get(guest), Map.of()));
    }
    if (inFrames) {
      for (int at = 1; at < input.length; ) {
        int length = Math.min(input[at] & 0xFF, input.length - at - 1);
        Frames.writeVarint(bytes, length);
        bytes.writeBytes(input, at + 1, length);
        at += 1 + length;
      }
    } else {
      bytes.writeBytes(input, 1, input.length - 1);
    }
    boolean closing = inFrames && (input[0] & WITH_A_CLOSE) != 0;
    if (closing) {
      Frames.write(bytes, ClientMessage.newBuilder().setClose(Close.getDefaultInstance()).build());
    }
    int cut = (input[0] & 0xFF) >> CUT_SHIFT;
    server.serve(bytes, cut == 7 ? MOST_BYTES * 2 : 1 << cut, closing);
  }
}
