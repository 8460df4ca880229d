package dev.mooring.guest.machine;

import dev.mooring.digest.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/**
 * Random numbers that follow from a seed, whichever process asks for them and whichever Java it
 * has. Who doesn't know the seed can't tell them. A module's initialisation has its digest as the
 * seed, and they are a secret from nobody: else a saved state would not fit the image that another
 * process makes.
 *
 * <p>Each block of 32 bytes is the SHA-256 of the seed and the block's number in 8 bytes,
 * big-endian. Each request begins with a new block.
 */
final class DigestRandom implements RandomGenerator {
  private final ByteBuffer numbered;
  private final int counterAt;
  private long blocks;

  /** Of a module's initialisation. */
  DigestRandom(String digest) {
    this(digest.getBytes(StandardCharsets.UTF_8));
  }

  DigestRandom(byte[] seed) {
    numbered = ByteBuffer.allocate(seed.length + Long.BYTES).put(seed);
    counterAt = seed.length;
  }

  private byte[] block() {
    numbered.putLong(counterAt, blocks++);
    return Sha256.of(numbered.array());
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
