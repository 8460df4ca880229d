package dev.mooring.session;

import static java.util.Objects.requireNonNull;

import dev.mooring.access.Tenant;
import dev.mooring.store.SharedStore;
import dev.mooring.store.StoreException;
import dev.mooring.store.StoreWriter;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * All sessions of a server that outlive their connections, by their tokens and by their names; and
 * what they may take together.
 *
 * <p>Thread-safe: every event loop asks here.
 */
public final class KeptSessions {
  /** How long a token is, in bytes. All of it is random. */
  static final int TOKEN_BYTES = 32;

  /** What is held is counted in steps of so many bytes, so that few messages touch the sum. */
  private static final int STEP_BYTES = 4 * 1024;

  /**
   * Whose name it is: tenants, where it matters who asks, and modules have names of their own.
   *
   * @param module its name, without a digest
   */
  record Name(@Nullable String tenant, String module, String name) {}

  private final SecureRandom random = new SecureRandom();
  private final ConcurrentHashMap<TokenDigest, KeptSession> byToken = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Name, KeptSession> byName = new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicInteger asleep = new AtomicInteger();
  private final AtomicLong lost = new AtomicLong();
  private final AtomicLong heldBytes = new AtomicLong();
  private final KeptLimits limits;
  private final @Nullable StoreWriter writer;

  /** Those of a store that is shared; null without one. */
  private final @Nullable SharedSessions shared;

  /** None yet. */
  public KeptSessions(KeptLimits limits) {
    this(limits, null);
  }

  /**
   * None yet.
   *
   * @param writer where those are written that are to outlive the process; null for no such
   */
  public KeptSessions(KeptLimits limits, @Nullable StoreWriter writer) {
    this.limits = limits;
    this.writer = writer;
    SharedStore store = writer == null ? null : writer.shared();
    this.shared = writer == null || store == null ? null : new SharedSessions(this, store, writer);
  }

  /** What waits to be written to the store, in bytes; 0 without one. */
  public long waitingBytes() {
    return writer == null ? 0 : writer.waitingBytes();
  }

  /** What the store takes on disk, in bytes; 0 without one. */
  public long storeBytes() {
    return writer == null ? 0 : writer.sizeBytes();
  }

  /** Whether there is a store, and it has failed. */
  public boolean hasStoreFailed() {
    return writer != null && writer.failure() != null;
  }

  /** Where those are written that are to outlive the process; null if none can. */
  @Nullable StoreWriter writer() {
    return writer;
  }

  /**
   * Makes those known again that an earlier process has stored, before anybody can ask for them.
   * They sleep until they are wanted, or want something.
   *
   * @param loops where they are to be, in turn
   * @throws StoreException if the store can't be read
   */
  public void recover(List<SessionLoop> loops) throws StoreException {
    if (shared != null) {
      shared.listen(loops);
    } else if (writer != null) {
      new StoreRecovery(loops, writer).run();
    }
  }

  /** The time of day, in milliseconds since 1970, by which sessions age. */
  public long currentTimeMillis() {
    return shared == null ? System.currentTimeMillis() : shared.currentTimeMillis();
  }

  /** Why the store can't be had for now; null if it can, or there is none. */
  public @Nullable String storeTrouble() {
    return shared == null ? null : shared.trouble();
  }

  /** What to ask a shared store for before an {@code Open} can be answered; null if nothing. */
  StoreSearch.@Nullable Wanted toSearch(OpenRequest open, @Nullable Tenant tenant) {
    return shared == null ? null : shared.toSearch(open, tenant);
  }

  /**
   * Has a session of the shared store that is known here then.
   *
   * @param home the loop that is told, and where it is to be
   */
  void claim(String id, SessionLoop home, SharedSessions.Claimant claimant) {
    requireNonNull(shared).claim(id, home, claimant);
  }

  /** How many more there may be. */
  int room() {
    return Math.max(0, limits.sessions() - count.get());
  }

  /** One that was stored by an earlier process. */
  void addRecovered(KeptSession session) {
    addStored(session);
    session.tokenDigests().forEach(digest -> byToken.put(digest, session));
    if (session.name() != null) {
      byName.put(session.name(), session);
    }
  }

  /** One that is in the store, or about to be. */
  void addStored(KeptSession session) {
    if (shared != null) {
      shared.add(session);
    }
  }

  /** An account for one that was there before: however many there are, none is evicted. */
  Account reopen(@Nullable Tenant tenant) {
    count.incrementAndGet();
    if (tenant != null) {
      tenant.keepAnyway();
    }
    return new Account(tenant);
  }

  /** How many there are, on connections and without. */
  public int count() {
    return count.get();
  }

  /** How many have no space, and are in the store only. */
  public int asleep() {
    return asleep.get();
  }

  /** How many were lost since the start: what was stored of them can't be read. */
  public long lostCount() {
    return lost.get();
  }

  void fellAsleep() {
    asleep.incrementAndGet();
  }

  void woke() {
    asleep.decrementAndGet();
  }

  void lost() {
    lost.incrementAndGet();
  }

  /**
   * After so long without use a stored session goes to sleep, on {@link SessionLoop#now}'s clock.
   */
  int idleTicks() {
    return limits.idleTicks();
  }

  /** Whether the store has room for what nobody waits for. */
  boolean mayWriteMore() {
    return writer != null && !writer.isFull();
  }

  /** What they have said and wasn't acknowledged, in bytes. */
  public long heldBytes() {
    return heldBytes.get();
  }

  /** The session that a token was given for; null if there is none. */
  @Nullable KeptSession find(String token) {
    return byToken.get(TokenDigest.of(token));
  }

  /** Each token's session; those that come or go meanwhile may be missing. */
  Iterable<Map.Entry<TokenDigest, KeptSession>> tokens() {
    return byToken.entrySet();
  }

  /** The session of this name; null if there is none. */
  @Nullable KeptSession find(Name name) {
    return byName.get(name);
  }

  /**
   * Has one more, which is being opened.
   *
   * @param name null for none
   * @param made that session
   * @return the session that has the name already, and then there is none more; else null
   */
  @Nullable KeptSession add(@Nullable Name name, KeptSession made) {
    return name == null ? null : byName.putIfAbsent(name, made);
  }

  /** A token for a session, from now on until that is removed. */
  String newToken(KeptSession session) {
    var bytes = new byte[TOKEN_BYTES];
    random.nextBytes(bytes);
    String token = HexFormat.of().formatHex(bytes);
    TokenDigest digest = TokenDigest.of(token);
    session.addTokenDigest(digest);
    byToken.put(digest, session);
    return token;
  }

  /** A session was given up, or has ended. */
  void remove(KeptSession session) {
    session.tokenDigests().forEach(digest -> byToken.remove(digest, session));
    if (session.name() != null) {
      removeName(session.name(), session);
    }
    if (shared != null) {
      shared.remove(session);
    }
  }

  /** Another may have the name of a session from now on. */
  void removeName(Name name, KeptSession session) {
    byName.remove(name, session);
  }

  void removeToken(TokenDigest digest) {
    byToken.remove(digest);
  }

  /**
   * An account for one more session.
   *
   * @param tenant whose it is; null where nobody is asked
   * @return null if there are as many as there may be, or they hold as much
   */
  @Nullable Account open(@Nullable Tenant tenant) {
    if (heldBytes.get() >= limits.bytes() || (tenant != null && !tenant.keep())) {
      return null;
    }
    if (count.incrementAndGet() > limits.sessions()) {
      count.decrementAndGet();
      if (tenant != null) {
        tenant.keepNoMore();
      }
      return null;
    }
    return new Account(tenant);
  }

  /** What one session holds of what all may. Event loop only, whichever the session lives on. */
  final class Account {
    private final @Nullable Tenant tenant;
    private long countedBytes;
    private boolean closed;

    private Account(@Nullable Tenant tenant) {
      this.tenant = tenant;
    }

    /** The session holds so much. */
    void holds(long bytes) {
      if (!closed && (bytes > countedBytes || bytes < countedBytes - 2 * STEP_BYTES)) {
        count((bytes + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES);
      }
    }

    /** What it counts for. */
    long heldBytes() {
      return countedBytes;
    }

    /** The session holds nothing, and won't for a while. */
    void holdsNothing() {
      if (!closed) {
        count(0);
      }
    }

    private void count(long bytes) {
      heldBytes.addAndGet(bytes - countedBytes);
      if (tenant != null) {
        tenant.keepsBytes(bytes - countedBytes);
      }
      countedBytes = bytes;
    }

    /** Whether it may hold more: each may hold a little, whatever others do. */
    boolean mayHoldMore() {
      return countedBytes <= STEP_BYTES
          || (heldBytes.get() < limits.bytes() && (tenant == null || tenant.mayKeepBytes()));
    }

    /** The session is no more. */
    void close() {
      count(0);
      closed = true;
      KeptSessions.this.count.decrementAndGet();
      if (tenant != null) {
        tenant.keepNoMore();
      }
    }
  }
}
