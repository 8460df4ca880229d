package dev.mooring.transport.wire.websocket;

import dev.mooring.session.ErrorCode;
import dev.mooring.transport.wire.Heard;
import dev.mooring.transport.wire.WireFormat;
import dev.mooring.transport.wire.mooring.MooringFormat;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Mooring's messages, each in a binary frame, when the handshake is done. */
final class WebSocketFormat implements WireFormat {
  private static final int RESERVED_BITS = 0xF2;

  private final MooringFormat messages = new MooringFormat();

  /** The code of the last close that came; 0 if none did. */
  int closeCode;

  String closeReason = "";

  private static byte[] frame(byte[] delimited) {
    return ClientFrames.binary(body(delimited));
  }

  /** A message without its length. */
  static byte[] body(byte[] delimited) {
    int from = 1;
    while (delimited[from - 1] < 0) {
      from++;
    }
    return Arrays.copyOfRange(delimited, from, delimited.length);
  }

  @Override
  public byte[] open(String module) {
    return frame(messages.open(module));
  }

  @Override
  public byte[] call(long id, String function, byte[] input, Object... arguments) {
    return frame(messages.call(id, function, input, arguments));
  }

  @Override
  public byte[] cancel(long id) {
    return frame(messages.cancel(id));
  }

  @Override
  public byte[] ping(long token) {
    return frame(messages.ping(token));
  }

  @Override
  public byte[] close() {
    return frame(messages.close());
  }

  @Override
  public byte[] beginning(int messageBytes) {
    return ClientFrames.head(ClientFrames.FINAL | ClientFrames.BINARY, messageBytes);
  }

  @Override
  public byte[] garbage() {
    return new byte[] {(byte) RESERVED_BITS, (byte) 0x81, 0, 0, 0, 0, 0};
  }

  /** What isn't HTTP's is a frame. The close that ends all isn't told, but kept. */
  @Override
  public @Nullable Heard read(InputStream in) throws IOException {
    in.mark(1);
    int first = in.read();
    in.reset();
    if (first == 'H') {
      return refused(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
    ClientFrames.Frame frame = ClientFrames.read(in);
    if (frame == null) {
      return null;
    }
    return switch (frame.first()) {
      case ClientFrames.FINAL | ClientFrames.BINARY -> message(frame.payload());
      case ClientFrames.FINAL | ClientFrames.CLOSE -> {
        closeCode = frame.closeCode();
        closeReason = frame.closeReason();
        yield read(in);
      }
      default -> throw new IOException("a frame that begins with " + frame.first());
    };
  }

  private @Nullable Heard message(byte[] body) throws IOException {
    var delimited = new ByteArrayOutputStream();
    int length = body.length;
    while (length > 127) {
      delimited.write((length & 127) | 128);
      length >>>= 7;
    }
    delimited.write(length);
    delimited.writeBytes(body);
    return messages.read(new ByteArrayInputStream(delimited.toByteArray()));
  }

  /** HTTP's answer says the error's name first. */
  private static Heard refused(String answer) {
    String text = answer.substring(answer.indexOf("\r\n\r\n") + 4);
    return new Heard.Failed(0, ErrorCode.valueOf(text.substring(0, text.indexOf(':'))));
  }
}
