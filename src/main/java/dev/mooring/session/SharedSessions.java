package dev.mooring.session;

import dev.mooring.access.Tenant;
import dev.mooring.state.StateException;
import dev.mooring.store.SharedStore;
import dev.mooring.store.StoreException;
import dev.mooring.store.StoreWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those sessions of a store that several servers share that are this server's for now: they come
 * when somebody asks for them here, or when they want something and nobody has them; they go when
 * another server has them.
 *
 * <p>Thread-safe.
 */
final class SharedSessions implements SharedStore.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(SharedSessions.class);

  /** Who waits for a session that is being claimed. */
  interface Claimant {
    /** Whether it waits still. Thread-safe. */
    boolean isWanted();

    /** It is known here now, or there is none: null; or this is against it. On its own loop. */
    void claimed(@Nullable Problem problem);
  }

  private record Waiting(Claimant claimant, SessionLoop loop) {}

  private final KeptSessions all;
  private final SharedStore store;
  private final StoreWriter writer;
  private final ConcurrentHashMap<String, KeptSession> byId = new ConcurrentHashMap<>();

  /** Who waits for a session that is being claimed, by its id. */
  private final ConcurrentHashMap<String, List<Waiting>> claims = new ConcurrentHashMap<>();

  private final AtomicInteger turn = new AtomicInteger();
  private volatile List<SessionLoop> loops = List.of();

  SharedSessions(KeptSessions all, SharedStore store, StoreWriter writer) {
    this.all = all;
    this.store = store;
    this.writer = writer;
  }

  /** From now on it has them come and go. */
  void listen(List<SessionLoop> over) {
    loops = List.copyOf(over);
    store.listen(this);
  }

  long currentTimeMillis() {
    return store.currentTimeMillis();
  }

  @Nullable String trouble() {
    return store.trouble();
  }

  void add(KeptSession session) {
    byId.put(session.storedId(), session);
  }

  void remove(KeptSession session) {
    byId.remove(session.storedId(), session);
  }

  /** What to ask the store for; null if the session isn't in it, or it is no such wish. */
  StoreSearch.@Nullable Wanted toSearch(OpenRequest open, @Nullable Tenant tenant) {
    OpenRequest.Resume resume = open.resume();
    OpenRequest.Keep keep = open.keep();
    if (resume != null && open.resumesByToken()) {
      return wanted(
          KeptKey.of(TokenDigest.of(resume.token())), tenant, null, all.find(resume.token()));
    }
    KeptSessions.Name name = keep == null ? null : OpenAuthorization.nameOf(open, keep, tenant);
    return name == null ? null : wanted(KeptKey.of(name), tenant, keep, all.find(name));
  }

  private StoreSearch.@Nullable Wanted wanted(
      byte[] key,
      @Nullable Tenant tenant,
      OpenRequest.@Nullable Keep keep,
      @Nullable KeptSession here) {
    boolean isOnlyHere = here != null && here.storedId().isEmpty();
    return isOnlyHere ? null : new StoreSearch.Wanted(store, writer, key, tenant, keep, here);
  }

  /** As {@link KeptSessions#claim}: of all who want one at a time, one asks. */
  void claim(String id, SessionLoop home, Claimant claimant) {
    boolean[] first = new boolean[1];
    claims.compute(
        id,
        (_, before) -> {
          first[0] = before == null;
          List<Waiting> waiting = before == null ? new ArrayList<>(1) : before;
          waiting.add(new Waiting(claimant, home));
          return waiting;
        });
    if (!first[0]) {
      return;
    }
    writer.claim(
        store,
        id,
        new StoreWriter.Asker<>() {
          @Override
          public boolean isWanted() {
            return isClaimWanted(id);
          }

          @Override
          public void answered(SharedStore.@Nullable Claimed session) {
            if (session == null) {
              claimed(id, null);
            } else {
              home.loop().execute(() -> claimed(id, recover(home, session)));
            }
          }

          @Override
          public void failed(StoreException why) {
            LOG.atWarn()
                .addKeyValue("session", id)
                .log("a session couldn't be taken over: {}", why.getMessage());
            claimed(id, StoreSearch.unavailable(why));
          }
        });
  }

  /** Whether anybody waits for it still; if not, who comes next asks anew. */
  private boolean isClaimWanted(String id) {
    return claims.computeIfPresent(
            id,
            (_, waiting) ->
                waiting.stream().anyMatch(one -> one.claimant.isWanted()) ? waiting : null)
        != null;
  }

  private void claimed(String id, @Nullable Problem problem) {
    List<Waiting> waiting = claims.remove(id);
    if (waiting != null) {
      waiting.forEach(one -> one.loop.loop().execute(() -> one.claimant.claimed(problem)));
    }
  }

  /**
   * Has it here, asleep. On the loop where it is to be.
   *
   * @return what is against it, or null
   */
  private @Nullable Problem recover(SessionLoop home, SharedStore.Claimed session) {
    try {
      KeptSession before = byId.get(session.id());
      if (before != null) { // It was another's in between, which it doesn't know yet.
        before.execute(() -> before.gone(true));
      }
      KeptHead head = KeptFormat.readHead(session.head());
      KeptSession.recover(home, head, writer, session.incarnation(), session.lostMillis())
          .watchStored();
      return null;
    } catch (StateException e) {
      all.lost();
      LOG.atError()
          .addKeyValue("session", session.id())
          .log("a stored session is lost: {}", e.getMessage());
      return SessionResumption.notFound("its head is damaged");
    }
  }

  @Override
  public void lost(String id, long incarnation, boolean isTaken) {
    KeptSession session = byId.get(id);
    if (session != null && session.isIncarnation(incarnation)) {
      session.execute(() -> session.gone(isTaken));
    }
  }

  @Override
  public int room() {
    return all.room();
  }

  @Override
  public void claimed(SharedStore.Claimed session) {
    List<SessionLoop> over = loops;
    SessionLoop home = over.get(Math.floorMod(turn.getAndIncrement(), over.size()));
    home.loop().execute(() -> recover(home, session));
  }
}
