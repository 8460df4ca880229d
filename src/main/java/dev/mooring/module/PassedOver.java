package dev.mooring.module;

import dev.mooring.session.Quote;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log of files that aren't served: of each once, as long as it is there, and of so many
 * at most.
 *
 * <p>One thread at a time.
 */
final class PassedOver {
  /** Of how many files the log says why. */
  static final int MAX_TOLD = 100;

  private static final Logger LOG = LoggerFactory.getLogger(PassedOver.class);

  private final Set<String> told = new HashSet<>();
  private boolean toldOfMore;

  /**
   * Takes what is there now.
   *
   * @param files by their names, with what is wrong with each
   */
  void see(Map<String, String> files) {
    told.retainAll(files.keySet());
    files.forEach(
        (file, wrong) -> {
          if (told.size() < MAX_TOLD && told.add(file)) {
            LOG.atWarn().addKeyValue("file", Quote.of(file)).log(wrong);
          }
        });
    boolean more = told.size() < files.size();
    if (more && !toldOfMore) {
      LOG.atWarn()
          .addKeyValue("files", files.size())
          .log("aren't served; of the first {} the log says why", MAX_TOLD);
    }
    toldOfMore = more;
  }
}
