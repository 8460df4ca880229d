package dev.mooring.guest.machine;

import dev.mooring.digest.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/**
 * Random numbers that are the same wherever a module is initialised, and whichever Java does it:
 * else a saved state would not fit the image that another process makes. They are a secret from
 * nobody.
 *
 * <p>Each block of 32 bytes is the SHA-256 of the module's digest, as text, and the block's number
 * in 8 bytes, big-endian. Each request begins with a new block.
 */
final class DigestRandom implements RandomGenerator {
  private final ByteBuffer seed;
  private final int counterAt;
  private long blocks;

  DigestRandom(String digest) {
    byte[] text = digest.getBytes(StandardCharsets.UTF_8);
    seed = ByteBuffer.allocate(text.length + Long.BYTES).put(text);
    counterAt = text.length;
  }

  private byte[] block() {
    seed.putLong(counterAt, blocks++);
    return Sha256.of(seed.array());
  }

  @Override
  public long nextLong() {
    return ByteBuffer.wrap(block()).getLong();
  }

  @Override
  public void nextBytes(byte[] bytes) {
    for (int done = 0; done < bytes.length; ) {
      byte[] block = block();
      int count = Math.min(block.length, bytes.length - done);
      System.arraycopy(block, 0, bytes, done, count);
      done += count;
    }
  }
}
