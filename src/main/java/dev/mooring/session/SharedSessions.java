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
import java.util.function.Consumer;
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

  private final KeptSessions all;
  private final SharedStore store;
  private final StoreWriter writer;
  private final ConcurrentHashMap<String, KeptSession> byId = new ConcurrentHashMap<>();

  /** Who waits for a session that is being claimed, by its id. */
  private final ConcurrentHashMap<String, List<Consumer<@Nullable Problem>>> claims =
      new ConcurrentHashMap<>();

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
  void claim(String id, SessionLoop home, Consumer<@Nullable Problem> then) {
    Consumer<@Nullable Problem> onLoop = problem -> home.loop().execute(() -> then.accept(problem));
    boolean[] first = new boolean[1];
    claims.compute(
        id,
        (_, waiting) -> {
          first[0] = waiting == null;
          List<Consumer<@Nullable Problem>> others = waiting == null ? new ArrayList<>(1) : waiting;
          others.add(onLoop);
          return others;
        });
    if (!first[0]) {
      return;
    }
    writer.claim(
        store,
        id,
        new StoreWriter.Asker<>() {
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

  private void claimed(String id, @Nullable Problem problem) {
    List<Consumer<@Nullable Problem>> waiting = claims.remove(id);
    if (waiting != null) {
      waiting.forEach(one -> one.accept(problem));
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
