package dev.mooring.loadtest;

import dev.mooring.text.ErrorText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What calls carry as input, unless their own {@code --call} gives it: random bytes of some length,
 * or files.
 */
public sealed interface PayloadSpec {
  /** The longest input. */
  int MAX_BYTES = 64 << 20;

  /** The most that all files together may hold, in bytes: they stay in memory. */
  long MAX_FILE_BYTES = 1L << 30;

  /** Lengths between two bounds, each as likely as any other; equal bounds fix it. */
  record Range(int shortestBytes, int longestBytes) implements PayloadSpec {}

  /** Some lengths, by weight. */
  record Weighted(List<Share> shares) implements PayloadSpec {
    public Weighted {
      shares = List.copyOf(shares);
    }
  }

  /** One length of several. */
  record Share(int bytes, int weight) {}

  /** Whole files, in turn. */
  record FileContents(List<Path> files) implements PayloadSpec {
    public FileContents {
      files = List.copyOf(files);
    }
  }

  /**
   * Reads {@code 64}, {@code 64..4KiB}, {@code 64=90,1KiB=9,64KiB=1}, or {@code @FILE}, where a
   * folder stands for all files in it.
   */
  static PayloadSpec parse(String text) {
    if (text.startsWith("@")) {
      return files(Path.of(text.substring(1)));
    }
    if (text.contains("=")) {
      var shares = new ArrayList<Share>();
      for (String share : text.split(",", -1)) {
        int equals = share.indexOf('=');
        if (equals < 0) {
          throw malformed(text);
        }
        shares.add(new Share(Parsing.bytes(share.substring(0, equals), text), weight(share, text)));
      }
      return new Weighted(shares);
    }
    int dots = text.indexOf("..");
    if (dots < 0) {
      int bytes = Parsing.bytes(text, text);
      return new Range(bytes, bytes);
    }
    int shortest = Parsing.bytes(text.substring(0, dots), text);
    int longest = Parsing.bytes(text.substring(dots + 2), text);
    if (shortest > longest) {
      throw LoadFailure.usage("--payload " + text + " is a range from more to less");
    }
    return new Range(shortest, longest);
  }

  private static int weight(String share, String whole) {
    try {
      int weight = Integer.parseInt(share.substring(share.indexOf('=') + 1));
      Check.range("a weight in --payload", weight, 1, 1_000_000);
      return weight;
    } catch (NumberFormatException e) {
      throw malformed(whole);
    }
  }

  private static FileContents files(Path path) {
    try {
      if (!Files.isDirectory(path)) {
        if (!Files.isRegularFile(path)) {
          throw LoadFailure.usage("--payload @" + path + ": there is no such file");
        }
        return new FileContents(List.of(path));
      }
      try (Stream<Path> entries = Files.list(path)) {
        List<Path> files = entries.filter(Files::isRegularFile).sorted().toList();
        if (files.isEmpty()) {
          throw LoadFailure.usage("--payload @" + path + ": there is no file in this folder");
        }
        return new FileContents(files);
      }
    } catch (IOException e) {
      throw new LoadFailure(
          LoadFailure.Kind.USAGE, "--payload @" + path + " can't be read: " + ErrorText.of(e), e);
    }
  }

  private static LoadFailure malformed(String text) {
    return Parsing.malformedPayload(text);
  }

  /** Lengths as people write them. */
  final class Parsing {
    private static final Pattern BYTES = Pattern.compile("([0-9]{1,9})(B|KiB|MiB|K|M)?");

    private Parsing() {}

    private static int bytes(String text, String whole) {
      Matcher matcher = BYTES.matcher(text.strip());
      if (!matcher.matches()) {
        throw malformedPayload(whole);
      }
      String unit = matcher.group(2);
      int shift = unit == null || unit.equals("B") ? 0 : unit.startsWith("K") ? 10 : 20;
      long bytes = Long.parseLong(matcher.group(1)) << shift;
      Check.range("a length in --payload", bytes, 0, MAX_BYTES);
      return (int) bytes;
    }

    private static LoadFailure malformedPayload(String text) {
      return LoadFailure.usage(
          "--payload '"
              + text
              + "' is no payload, expected a length (64), a range (64..4KiB), lengths with weights"
              + " (64=90,64KiB=10) or @FILE");
    }
  }
}
