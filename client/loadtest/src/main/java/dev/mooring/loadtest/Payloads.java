package dev.mooring.loadtest;

import dev.mooring.text.ErrorText;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Inputs for calls, without an allocation for each: a window that moves over bytes which were made
 * beforehand. One event loop; the bytes themselves may be shared, since nobody writes them.
 */
final class Payloads {
  private final PayloadSpec spec;
  private final SplittableRandom random;
  private final ByteBuf[] sources;
  private final int totalWeight;
  private final int longestBytes;
  private int turn;

  private Payloads(PayloadSpec spec, SplittableRandom random, ByteBuf[] sources) {
    this.spec = spec;
    this.random = random;
    this.sources = sources;
    this.totalWeight =
        spec instanceof PayloadSpec.Weighted(var shares)
            ? shares.stream().mapToInt(PayloadSpec.Share::weight).sum()
            : 0;
    int longest = 0;
    for (ByteBuf source : sources) {
      longest = Math.max(longest, source.capacity());
    }
    this.longestBytes = longest;
  }

  /** The bytes that all loops send from. Reads files; not on an event loop. */
  static List<ByteBuf> load(PayloadSpec spec, long seed) {
    return switch (spec) {
      case PayloadSpec.Range(int _, int longest) -> random(longest, seed);
      case PayloadSpec.Weighted(var shares) ->
          random(shares.stream().mapToInt(PayloadSpec.Share::bytes).max().orElse(0), seed);
      case PayloadSpec.FileContents(var files) -> {
        var contents = new ArrayList<ByteBuf>();
        long total = 0;
        for (Path file : files) {
          total += sizeOf(file);
          Check.range("the files of --payload, in bytes,", total, 0, PayloadSpec.MAX_FILE_BYTES);
          contents.add(read(file));
        }
        yield contents;
      }
    };
  }

  /** Inputs for one loop. */
  static Payloads of(PayloadSpec spec, List<ByteBuf> loaded, SplittableRandom random) {
    return new Payloads(
        spec, random, loaded.stream().map(ByteBuf::duplicate).toArray(ByteBuf[]::new));
  }

  int longestBytes() {
    return longestBytes;
  }

  /** The next input; valid until the one after it. */
  ByteBuf next() {
    ByteBuf source = sources[turn];
    turn = turn + 1 == sources.length ? 0 : turn + 1;
    int bytes =
        switch (spec) {
          case PayloadSpec.Range range ->
              range.shortestBytes() == range.longestBytes()
                  ? range.longestBytes()
                  : random.nextInt(range.shortestBytes(), range.longestBytes() + 1);
          case PayloadSpec.Weighted weighted -> pick(weighted);
          case PayloadSpec.FileContents _ -> source.capacity();
        };
    return source.setIndex(0, bytes);
  }

  private int pick(PayloadSpec.Weighted weighted) {
    int ticket = random.nextInt(totalWeight);
    int at = 0;
    while (ticket >= weighted.shares().get(at).weight()) {
      ticket -= weighted.shares().get(at++).weight();
    }
    return weighted.shares().get(at).bytes();
  }

  private static List<ByteBuf> random(int bytes, long seed) {
    var content = new byte[bytes];
    new SplittableRandom(seed).nextBytes(content);
    return List.of(direct(content));
  }

  private static long sizeOf(Path file) {
    try {
      long bytes = Files.size(file);
      Check.range("the length of " + file, bytes, 0, PayloadSpec.MAX_BYTES);
      return bytes;
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static ByteBuf read(Path file) {
    try {
      return direct(Files.readAllBytes(file));
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static LoadFailure unreadable(Path file, IOException e) {
    return new LoadFailure(
        LoadFailure.Kind.USAGE, "--payload: can't read " + file + ": " + ErrorText.of(e), e);
  }

  /** Lives as long as the process: there are few, and nobody has to release them. */
  private static ByteBuf direct(byte[] content) {
    return Unpooled.unreleasableBuffer(
        Unpooled.wrappedBuffer(
            java.nio.ByteBuffer.allocateDirect(content.length).put(content).flip()));
  }
}
