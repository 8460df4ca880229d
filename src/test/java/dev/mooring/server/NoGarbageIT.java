package dev.mooring.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.CallWriter;
import dev.mooring.proto.ChildJvm;
import dev.mooring.proto.Frames;
import dev.mooring.proto.MessageException;
import dev.mooring.proto.ResultReader;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.ServerMessage.MessageCase;
import dev.mooring.proto.v1.ValueType;
import dev.mooring.server.testing.Guests;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server's event loops allocate nothing for a call, from socket to socket. */
@EnabledIfEnvironmentVariable(named = "CI", matches = "true", disabledReason = "most of a minute")
final class NoGarbageIT {
  private static final int CALLS = 200_000;

  /**
   * Measured again until the compilers are done with it, which takes its time on a busy machine.
   */
  private static final int ATTEMPTS = 10;

  private static final int PAYLOAD_BYTES = 64;
  private static final byte[] I64 = {ValueType.I64_VALUE};

  enum Kind {
    ECHO_BY_INDEX("page17"),
    ECHO_BY_NAME("page17"),
    TYPED("counter");

    final String module;

    Kind(String module) {
      this.module = module;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ECHO_BY_INDEX, 1",
    "ECHO_BY_INDEX, 16",
    "ECHO_BY_NAME, 16",
    "TYPED, 16",
    "ECHO_BY_INDEX, 128"
  })
  void calls_steadyState_allocateNothing(Kind kind, int pipeline, @TempDir Path modules)
      throws Exception {
    Process process = start(Guests.in(modules));
    try (BufferedReader said = process.inputReader(StandardCharsets.US_ASCII)) {
      int port = Integer.parseInt(said.readLine());
      try (var client = new Client(port, kind)) {
        double bytes = Double.MAX_VALUE;
        for (int attempt = 0; attempt < ATTEMPTS && bytes >= 1; attempt++) {
          long before = allocatedBytes(process, said);
          client.call(CALLS, pipeline);
          bytes = (double) (allocatedBytes(process, said) - before) / CALLS;
        }
        System.out.printf("%s, pipeline %d: %.3f bytes per call%n", kind, pipeline, bytes);
        assertTrue(bytes < 1, bytes + " bytes per call");
      }
    } finally {
      process.outputWriter().close();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  private static Process start(Path modules) throws IOException {
    return new ProcessBuilder(
            ChildJvm.command(
                "-cp",
                System.getProperty("java.class.path"),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                // As in the launcher.
                "-Dio.netty.leakDetection.level=disabled",
                "-Xmx512m",
                GarbageProcess.class.getName(),
                modules.toString()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static long allocatedBytes(Process process, BufferedReader said) throws IOException {
    var lines = process.outputWriter();
    lines.write("?\n");
    lines.flush();
    return Long.parseLong(said.readLine());
  }

  /** A client that has so many calls on the way, and waits for all of their answers. */
  private static final class Client implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;
    private final Kind kind;
    private final ByteBuf out = Unpooled.buffer();
    private final ByteBuf body = Unpooled.buffer();
    private final ByteBuf payload = Unpooled.buffer().writeZero(PAYLOAD_BYTES);
    private final ResultReader reader = new ResultReader();
    private final long[] argument = {1};
    private int echo;
    private long id;

    Client(int port, Kind kind) throws IOException, MessageException {
      this.kind = kind;
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
      var open = Open.newBuilder().setProtocolVersion(1).setModule(kind.module);
      Frames.write(out, ClientMessage.newBuilder().setOpen(open).build());
      send();
      assertEquals(MessageCase.OPENED, read());
      var exports = reader.message().getOpened().getExportsList();
      for (int i = 0; i < exports.size(); i++) {
        if (exports.get(i).getName().equals("echo")) {
          echo = i;
        }
      }
    }

    void call(int calls, int pipeline) throws IOException, MessageException {
      for (int done = 0; done < calls; done += pipeline) {
        long first = id + 1;
        for (int i = 0; i < pipeline; i++) {
          writeCall();
        }
        send();
        for (int i = 0; i < pipeline; i++) {
          assertEquals(MessageCase.RESULT, read());
          assertEquals(first + i, reader.id());
        }
      }
    }

    private void writeCall() {
      id++;
      switch (kind) {
        case ECHO_BY_INDEX -> CallWriter.writeCall(out, id, echo, argument, I64, 0, payload, 0, "");
        case ECHO_BY_NAME ->
            CallWriter.writeCall(out, id, "echo", argument, I64, 0, payload, 0, "");
        case TYPED ->
            CallWriter.writeCall(out, id, "add", argument, I64, 1, Unpooled.EMPTY_BUFFER, 0, "");
      }
    }

    private void send() throws IOException {
      socket.getOutputStream().write(out.array(), 0, out.writerIndex());
      out.clear();
    }

    private MessageCase read() throws IOException, MessageException {
      int length = 0;
      int shift = 0;
      int next;
      do {
        next = in.read();
        length |= (next & 0x7F) << shift;
        shift += 7;
      } while (next >= 0x80);
      body.clear().ensureWritable(length);
      assertEquals(length, in.readNBytes(body.array(), 0, length));
      body.writerIndex(length);
      return reader.read(body);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
