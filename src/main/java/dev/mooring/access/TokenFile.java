package dev.mooring.access;

import dev.mooring.digest.Sha256;
import dev.mooring.file.TextFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a file, as it was when it was read. Each line is
 *
 * <pre>tenant = sha256:HEX      # or the token itself</pre>
 *
 * where HEX is the SHA-256 of the token, so that whoever reads the file can't use what is in it. A
 * tenant may have several lines, to change a token without a gap. Empty lines, and what follows a
 * {@code #} at the beginning or after a blank, say nothing.
 *
 * <p>Immutable.
 */
final class TokenFile {
  /** More are refused: each is looked at for every session that is opened. */
  static final int MAX_TOKENS = 10_000;

  /** A shorter token could be guessed. */
  static final int MIN_TOKEN_CHARS = 16;

  private static final String DIGEST = "sha256:";
  private static final Pattern LINE =
      Pattern.compile("\\s*(?<tenant>[A-Za-z0-9_.@-]{1,128})\\s*=\\s*(?<proof>\\S+)(\\s+#.*)?\\s*");
  private static final Pattern NOTHING = Pattern.compile("\\s*(#.*)?");
  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{64}");

  private final List<Token> tokens;
  private final int inTheClear;

  /** One line: by which digest a tenant is known. */
  private static final class Token {
    private final String tenant;
    private final byte[] digest;

    Token(String tenant, byte[] digest) {
      this.tenant = tenant;
      this.digest = digest;
    }
  }

  private TokenFile(List<Token> tokens, int inTheClear) {
    this.tokens = List.copyOf(tokens);
    this.inTheClear = inTheClear;
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it can't be read, or a line makes no sense; the message says where and
   *     why, and holds no token
   */
  static TokenFile read(Path file) throws IOException {
    return parse(file, TextFile.read(file, "lines TENANT = sha256:HEX").lines().toList());
  }

  private static TokenFile parse(Path file, List<String> lines) throws IOException {
    var tokens = new ArrayList<Token>();
    Map<String, String> owners = new HashMap<>();
    int inTheClear = 0;
    int number = 0;
    for (String line : lines) {
      number++;
      if (NOTHING.matcher(line).matches()) {
        continue;
      }
      Matcher parts = LINE.matcher(line);
      if (!parts.matches()) {
        throw wrong(file, number, "expected TENANT = sha256:HEX, or TENANT = TOKEN");
      }
      String tenant = parts.group("tenant");
      String proof = parts.group("proof");
      boolean isDigest = proof.startsWith(DIGEST);
      byte[] digest = isDigest ? digest(file, number, proof) : digest(proof);
      if (!isDigest && proof.length() < MIN_TOKEN_CHARS) {
        throw wrong(
            file, number, "the token is too short: at least " + MIN_TOKEN_CHARS + " characters");
      }
      inTheClear += isDigest ? 0 : 1;
      String owner = owners.putIfAbsent(HexFormat.of().formatHex(digest), tenant);
      if (owner != null && !owner.equals(tenant)) {
        throw wrong(file, number, "the token is the one of tenant " + owner);
      }
      tokens.add(new Token(tenant, digest));
      if (tokens.size() > MAX_TOKENS) {
        throw wrong(file, number, "more than " + MAX_TOKENS + " tokens");
      }
    }
    return new TokenFile(tokens, inTheClear);
  }

  private static byte[] digest(Path file, int line, String proof) throws IOException {
    String hex = proof.substring(DIGEST.length());
    if (!HEX.matcher(hex).matches()) {
      throw wrong(file, line, "after sha256: come 64 hexadecimal digits");
    }
    return HexFormat.of().parseHex(hex);
  }

  private static IOException wrong(Path file, int line, String what) {
    return new IOException(file + ", line " + line + ": " + what);
  }

  static byte[] digest(String token) {
    return Sha256.of(token.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Whose token it is, or null. Takes as long for a token that is nearly right as for any other:
   * digests are compared, each with all, and each comparison takes the same time.
   */
  @Nullable String tenantOf(String token) {
    byte[] digest = digest(token);
    String tenant = null;
    for (Token each : tokens) {
      if (MessageDigest.isEqual(each.digest, digest)) {
        tenant = each.tenant;
      }
    }
    return tenant;
  }

  int size() {
    return tokens.size();
  }

  /** How many lines hold the token itself. */
  int inTheClear() {
    return inTheClear;
  }
}
