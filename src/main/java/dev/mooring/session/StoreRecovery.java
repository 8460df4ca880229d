package dev.mooring.session;

import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.PortableModule;
import dev.mooring.state.StateException;
import dev.mooring.store.SessionStore;
import dev.mooring.store.StoreException;
import dev.mooring.store.StoreWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the sessions known again that an earlier process has stored, before anybody can ask for
 * them. They sleep until they are wanted, or want something.
 *
 * <p>The thread that starts the server; used once.
 */
final class StoreRecovery implements SessionStore.Visitor {
  private static final Logger LOG = LoggerFactory.getLogger(StoreRecovery.class);
  private static final int MAX_SHARED_TEXTS = 10_000;

  private final List<SessionLoop> loops;
  private final StoreWriter writer;

  /** Those for each loop. */
  private final List<List<KeptSession>> found = new ArrayList<>();

  /** What the store keeps their modules under. */
  private final Set<String> modules = new HashSet<>();

  /** Texts that many heads have in common. */
  private final Map<String, String> shared = new HashMap<>();

  private int recovered;
  private int lost;

  /**
   * Into loops that run.
   *
   * @param loops where they are to be, in turn
   */
  StoreRecovery(List<SessionLoop> loops, StoreWriter writer) {
    this.loops = loops;
    this.writer = writer;
    loops.forEach(loop -> found.add(new ArrayList<>()));
  }

  /**
   * Does it, and forgets the modules that none of them needs.
   *
   * @throws StoreException if the store can't be read
   */
  void run() throws StoreException {
    writer.scan(this);
    for (int i = 0; i < loops.size(); i++) {
      List<KeptSession> there = found.get(i);
      loops.get(i).loop().execute(() -> there.forEach(KeptSession::watchStored));
    }
    if (lost == 0) { // Else perhaps one of those needs a module that nobody else does.
      retainModules();
    }
    LOG.atInfo()
        .addKeyValue("sessions", recovered)
        .addKeyValue("lost", lost)
        .log("sessions recovered from the store");
  }

  /** Those that sessions have, and the engines that these don't run without. */
  private void retainModules() throws StoreException {
    var needed = new HashSet<>(modules);
    for (String key : modules) {
      byte[] module = writer.module(key);
      try {
        String engine = module == null ? null : PortableModule.engineKey(module);
        if (engine != null) {
          needed.add(engine);
        }
      } catch (ModuleRefused e) {
        LOG.atError().addKeyValue("module", key).log("a stored module {}", e.getMessage());
        return; // Perhaps it needs one that no other does.
      }
    }
    writer.retainModules(needed);
  }

  @Override
  public void session(String id, byte[] head) {
    try {
      int home = recovered % loops.size();
      KeptHead read = KeptFormat.readHead(head, this::shared);
      found.get(home).add(KeptSession.recover(loops.get(home), read, writer, 0, 0));
      modules.add(PortableModule.key(read.moduleDigest(), read.imageDigest()));
      recovered++;
    } catch (StateException e) {
      damaged(id, String.valueOf(e.getMessage()));
    }
  }

  private String shared(String text) {
    if (shared.size() > MAX_SHARED_TEXTS) {
      shared.clear();
    }
    return shared.computeIfAbsent(text, same -> same);
  }

  @Override
  public void damaged(String id, String why) {
    lost++;
    loops.getFirst().kept().lost();
    LOG.atError().addKeyValue("session", id).log("a stored session is lost: {}", why);
  }
}
