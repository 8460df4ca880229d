package dev.mooring.transport.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

/** A client whose wire is a stream of bytes each way. */
public final class StreamClient implements WireClient {
  private final WireFormat format;
  private final Line line;
  private final ByteArrayOutputStream gathered = new ByteArrayOutputStream();

  public StreamClient(WireFormat format, Line line) {
    this.format = format;
    this.line = line;
  }

  @Override
  public void open(String module) {
    gathered.writeBytes(format.open(module));
  }

  @Override
  public void call(long id, String function, byte[] input, Object... arguments) {
    gathered.writeBytes(format.call(id, function, input, arguments));
  }

  @Override
  public void cancel(long id) {
    gathered.writeBytes(format.cancel(id));
  }

  @Override
  public void ping(long token) {
    gathered.writeBytes(format.ping(token));
  }

  @Override
  public void requestClose() {
    gathered.writeBytes(format.close());
  }

  @Override
  public void beginMessage(int bytes) {
    gathered.writeBytes(format.beginning(bytes));
  }

  @Override
  public void garbage() {
    gathered.writeBytes(format.garbage());
  }

  @Override
  public int gathered() {
    return gathered.size();
  }

  @Override
  public void flush(int bytes) {
    byte[] all = gathered.toByteArray();
    gathered.reset();
    gathered.write(all, bytes, all.length - bytes);
    unchecked(() -> line.write(Arrays.copyOf(all, bytes)));
  }

  @Override
  public Heard read() {
    try {
      Heard next = format.read(line.in());
      return next == null ? new Heard.End() : next;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void halfClose() {
    unchecked(line::halfClose);
  }

  @Override
  public void reset() {
    unchecked(line::reset);
  }

  @Override
  public void close() {
    unchecked(line::close);
  }

  private interface Action {
    void run() throws IOException;
  }

  private static void unchecked(Action action) {
    try {
      action.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
