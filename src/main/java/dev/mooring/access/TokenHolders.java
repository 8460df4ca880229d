package dev.mooring.access;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may show which token: what a file of tokens says, as it was when it could be used last.
 *
 * <p>Thread-safe.
 */
public final class TokenHolders {
  private static final Logger LOG = LoggerFactory.getLogger(TokenHolders.class);

  private final Path file;
  private volatile TokenFile tokens;

  /**
   * Reads the file.
   *
   * @throws IOException if it can't be used; the message says why
   */
  public TokenHolders(Path file) throws IOException {
    this.file = file;
    this.tokens = read(file);
  }

  private static TokenFile read(Path file) throws IOException {
    TokenFile read = TokenFile.read(file);
    LOG.atInfo().addKeyValue("file", file).addKeyValue("tokens", read.size()).log("tokens read");
    if (read.inTheClear() > 0) {
      LOG.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("inTheClear", read.inTheClear())
          .log("tokens lie in the clear; `mooring token` makes lines that can't be used");
    }
    return read;
  }

  /** Reads the file again. What can't be used changes nothing, and the log says why. */
  public void reload() {
    try {
      tokens = read(file);
    } catch (IOException e) {
      LOG.atWarn().log("the tokens stay what they were: {}", e.getMessage());
    }
  }

  /** Whose token it is, by the name in the file; null if nobody's. */
  public @Nullable String holderOf(String token) {
    return tokens.tenantOf(token);
  }
}
