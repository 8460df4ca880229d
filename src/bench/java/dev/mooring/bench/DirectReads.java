package dev.mooring.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/**
 * Reads of 4 KiB at random places of a file of 256 MiB: direct, so that what the system has in its
 * memory doesn't answer. One thread.
 */
final class DirectReads implements AutoCloseable {
  static final int BLOCK_BYTES = 4 << 10;
  private static final int BLOCKS = 64 << 10;
  private static final int BLOCKS_PER_WRITE = 256;
  private static final long SEED = 20_261_208;

  private final Path file;
  private final FileChannel channel;
  private final Random random = new Random(SEED);
  private final ByteBuffer block =
      ByteBuffer.allocateDirect(2 * BLOCK_BYTES).alignedSlice(BLOCK_BYTES);

  /** Makes the file that is read; it goes when this is closed. */
  DirectReads(Path file) throws IOException {
    this.file = file;
    fill(file);
    channel = FileChannel.open(file, StandardOpenOption.READ, direct());
  }

  private static void fill(Path file) throws IOException {
    var bytes = new byte[BLOCKS_PER_WRITE * BLOCK_BYTES];
    new Random(SEED).nextBytes(bytes);
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int i = 0; i < BLOCKS / BLOCKS_PER_WRITE; i++) {
        channel.write(ByteBuffer.wrap(bytes));
      }
      channel.force(true);
    }
  }

  /** By its name as a text: javac warns of it, since not every JDK needs to have it. */
  private static OpenOption direct() throws IOException {
    try {
      Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
      return (OpenOption) options.getField("DIRECT").get(null);
    } catch (ReflectiveOperationException e) {
      throw new IOException("this JDK doesn't read directly", e);
    }
  }

  /** Reads once; how long that took, in nanoseconds. */
  long read() throws IOException {
    long at = (long) random.nextInt(BLOCKS) * BLOCK_BYTES;
    block.clear().limit(BLOCK_BYTES);
    long start = System.nanoTime();
    channel.read(block, at);
    return System.nanoTime() - start;
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(file);
  }
}
