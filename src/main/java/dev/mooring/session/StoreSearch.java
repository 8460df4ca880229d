package dev.mooring.session;

import dev.mooring.access.Tenant;
import dev.mooring.state.StateException;
import dev.mooring.store.SharedStore;
import dev.mooring.store.StoreException;
import dev.mooring.store.StoreUnavailable;
import dev.mooring.store.StoreWriter;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for a session in the store that this server shares with others, and has it from there,
 * whoever it was with. One that it knows can have gone to another since.
 *
 * <p>Event loop only, the connection's that wants it, but for what says otherwise.
 */
final class StoreSearch implements SharedSessions.Claimant {
  private static final Logger LOG = LoggerFactory.getLogger(StoreSearch.class);

  /**
   * What is looked for.
   *
   * @param key by which the store knows it
   * @param tenant who asks; null where nobody is asked who they are
   * @param keep what the client wishes of one that it names; null if it has a token
   * @param here the session, if this server has it, as far as it knows; else null
   */
  @SuppressWarnings("ArrayRecordComponent") // Nobody writes to it.
  record Wanted(
      SharedStore in,
      StoreWriter writer,
      byte[] key,
      @Nullable Tenant tenant,
      OpenRequest.@Nullable Keep keep,
      @Nullable KeptSession here) {}

  private final SessionLoop home;
  private final Wanted wanted;
  private final Consumer<@Nullable Problem> ended;
  private volatile boolean over;

  /**
   * @param ended is told once what is against going on with it; null if it is known here now, or
   *     there is none
   */
  StoreSearch(SessionLoop home, Wanted wanted, Consumer<@Nullable Problem> ended) {
    this.home = home;
    this.wanted = wanted;
    this.ended = ended;
  }

  void begin() {
    wanted
        .writer()
        .find(
            wanted.in(),
            wanted.key(),
            new StoreWriter.Asker<>() {
              @Override
              public boolean isWanted() {
                return StoreSearch.this.isWanted();
              }

              @Override
              public void answered(SharedStore.@Nullable Found found) {
                home.loop().execute(() -> found(found));
              }

              @Override
              public void failed(StoreException why) {
                // One that is here waits for the store with all that it says.
                home.loop().execute(() -> end(wanted.here() != null ? null : unavailable(why)));
              }
            });
  }

  private void found(SharedStore.@Nullable Found found) {
    if (over) {
      return;
    }
    KeptSession here = wanted.here();
    if (found == null && here != null && here.isInStore()) {
      here.execute(
          () -> {
            here.gone(true); // It has ended elsewhere.
            home.loop().execute(() -> end(null));
          });
      return;
    }
    if (found == null || (found.isOurs() && here != null)) {
      end(null);
      return;
    }
    try {
      KeptHead head = KeptFormat.readHead(found.head());
      Problem problem = check(head);
      if (problem != null) {
        end(problem);
      } else {
        home.kept().claim(found.id(), home, this);
      }
    } catch (StateException e) {
      LOG.atError()
          .addKeyValue("session", found.id())
          .log("a stored session is lost: {}", e.getMessage());
      end(SessionResumption.notFound("its head is damaged"));
    }
  }

  private @Nullable Problem check(KeptHead head) {
    Tenant tenant = wanted.tenant();
    boolean isTheirs = tenant == null ? head.tenant() == null : tenant.name().equals(head.tenant());
    if (!isTheirs) {
      return SessionResumption.notFound("another tenant's");
    }
    return wanted.keep() == null ? null : OpenAuthorization.checkPolicy(wanted.keep(), true);
  }

  private void end(@Nullable Problem problem) {
    if (!over) {
      over = true;
      ended.accept(problem);
    }
  }

  /** Thread-safe. */
  @Override
  public boolean isWanted() {
    return !over;
  }

  @Override
  public void claimed(@Nullable Problem problem) {
    end(problem);
  }

  /** Nobody wants it any more. */
  void cancel() {
    over = true;
  }

  /** What a client is told that can't have a session for now. */
  static Problem unavailable(StoreException why) {
    return why instanceof StoreUnavailable
        ? new Problem(
            ErrorCode.SERVER_OVERLOADED, "the server's store can't be reached; try again later")
        : StoredSession.storeFailed();
  }
}
