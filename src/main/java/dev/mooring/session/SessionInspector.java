package dev.mooring.session;

import dev.mooring.capsule.CapsuleWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the sessions of a server, and ends them, for whoever runs it. However many there are, no
 * event loop is held up: each is asked for some hundred at a time, and one that doesn't answer is
 * passed over.
 *
 * <p>Any thread but an event loop's; each question waits for its answer.
 */
public final class SessionInspector {
  /** So many sessions are looked at in one task of an event loop: some ten microseconds. */
  static final int BATCH = 256;

  /** How long an event loop may take to answer, in milliseconds; then it is passed over. */
  public static final int ANSWER_MILLIS = 250;

  /** How long all of a list may take, in milliseconds; then what was seen so far is the answer. */
  public static final int LIST_MILLIS = 5_000;

  private final List<SessionLoop> loops;
  private final IdentityHashMap<SessionLoop, Integer> numbers = new IdentityHashMap<>();
  private final SessionDirectory directory;
  private final KeptSessions kept;

  /**
   * @param loops all of the server's, at least one
   */
  public SessionInspector(List<SessionLoop> loops) {
    this.loops = List.copyOf(loops);
    for (SessionLoop loop : loops) {
      numbers.put(loop, numbers.size());
    }
    this.directory = loops.getFirst().directory();
    this.kept = loops.getFirst().kept();
  }

  /**
   * Some of the sessions.
   *
   * @param sessions those asked for, in order
   * @param matching how many match, of those that were seen
   * @param isWhole whether all were seen that there are
   * @param silentLoops numbers of the event loops that didn't answer
   */
  public record Listing(
      List<SessionLook> sessions, int matching, boolean isWhole, Set<Integer> silentLoops) {
    public Listing {
      sessions = List.copyOf(sessions);
      silentLoops = Set.copyOf(silentLoops);
    }
  }

  /**
   * One session, and what takes a closer look.
   *
   * @param limits those in force
   * @param configKeys what its client configured, without the values, which may be secrets
   * @param lastCallId the last call that was taken
   * @param changedKib in which KiB of its memory it differs from its module's image
   * @param lastErrors those of its calls that failed last, the last one first
   */
  @SuppressWarnings("ArrayRecordComponent") // A copy, for whoever asked.
  public record Detail(
      SessionLook look,
      SessionLimits limits,
      List<String> configKeys,
      long endMillis,
      long lastCallId,
      int[] changedKib,
      List<SessionLook.Failure> lastErrors) {
    public Detail {
      lastErrors = List.copyOf(lastErrors);
      configKeys = List.copyOf(configKeys);
    }
  }

  /** What came of something that was asked for. */
  public sealed interface Outcome {
    /** It is done, or under way. */
    record Done() implements Outcome {}

    /** There is no such session. */
    record NotFound() implements Outcome {}

    /** It can't be done with this one. */
    record Refused(String why) implements Outcome {}

    /** Its event loop doesn't answer. */
    record Silent(int loop) implements Outcome {}
  }

  /** The first of what is found, in an order. */
  private static final class Page {
    private final Predicate<SessionLook> filter;
    private final Comparator<SessionLook> order;
    private final int most;

    /** The last one in order first. */
    private final PriorityQueue<SessionLook> best;

    private int matching;

    Page(Predicate<SessionLook> filter, Comparator<SessionLook> order, int most) {
      this.filter = filter;
      this.order = order;
      this.most = most;
      this.best = new PriorityQueue<>(order.reversed());
    }

    void add(SessionLook look) {
      if (!filter.test(look)) {
        return;
      }
      matching++;
      best.add(look);
      if (best.size() > most) {
        best.poll();
      }
    }

    List<SessionLook> from(int offset) {
      return best.stream().sorted(order).skip(offset).toList();
    }
  }

  /** A question to all loops, and when it must have been answered. */
  private final class Round {
    private final long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIST_MILLIS);
    private final Set<Integer> silent = new TreeSet<>();

    /**
     * Asks the loops for all of some things.
     *
     * @param home where each is
     * @param look what its loop makes of it; null if it is of no interest
     * @return false if the time was over before, or a loop was silent
     */
    <E, R> boolean ask(
        Iterable<E> entries,
        Function<E, SessionLoop> home,
        BiFunction<SessionLoop, E, @Nullable R> look,
        Consumer<R> found) {
      var batches = new HashMap<SessionLoop, List<E>>();
      for (E entry : entries) {
        SessionLoop loop = home.apply(entry);
        List<E> batch = batches.computeIfAbsent(loop, l -> new ArrayList<>(BATCH));
        batch.add(entry);
        if (batch.size() == BATCH) {
          ask(loop, batch, look, found);
          batches.remove(loop); // An answer may come when nobody waits for it any more.
          if (System.nanoTime() - endNanos > 0) {
            return false;
          }
        }
      }
      batches.forEach((loop, batch) -> ask(loop, batch, look, found));
      return silent.isEmpty();
    }

    private <E, R> void ask(
        SessionLoop loop,
        List<E> batch,
        BiFunction<SessionLoop, E, @Nullable R> look,
        Consumer<R> found) {
      int number = number(loop);
      if (silent.contains(number)) {
        return;
      }
      answer(
              loop,
              () ->
                  batch.stream()
                      .map(entry -> look.apply(loop, entry))
                      .filter(Objects::nonNull)
                      .toList())
          .ifPresentOrElse(looks -> looks.forEach(found), () -> silent.add(number));
    }
  }

  /**
   * Sessions that match, in an order; those too that are in the store only.
   *
   * @param offset how many of the first are left out
   * @param limit at most so many
   */
  public Listing list(
      Predicate<SessionLook> filter, Comparator<SessionLook> order, int offset, int limit) {
    var page = new Page(filter, order, Math.addExact(offset, limit));
    var round = new Round();
    boolean isLiveWhole =
        round.ask(directory.entries(), Map.Entry::getValue, this::look, page::add);
    boolean isStoredWhole =
        round.ask(kept.tokens(), entry -> entry.getValue().home(), this::lookAtStored, page::add);
    return new Listing(
        page.from(offset), page.matching, isLiveWhole && isStoredWhole, round.silent);
  }

  private @Nullable SessionLook look(SessionLoop loop, Map.Entry<String, SessionLoop> entry) {
    Session session = loop.session(entry.getKey());
    return session == null ? null : session.look(number(loop));
  }

  private @Nullable SessionLook lookAtStored(
      SessionLoop loop, Map.Entry<TokenDigest, KeptSession> entry) {
    return entry.getValue().lookAtStored(loop, number(loop), entry.getKey());
  }

  private int number(SessionLoop loop) {
    Integer number = numbers.get(loop);
    if (number == null) {
      throw new IllegalStateException("a loop of another server");
    }
    return number;
  }

  /** What is asked of a loop. */
  private interface Question<T> {
    T answer();
  }

  /** What a loop answers; empty if it doesn't in time. */
  private static <T> Optional<T> answer(SessionLoop loop, Question<T> question) {
    var answer = new CompletableFuture<T>();
    try {
      loop.loop()
          .execute(
              () -> {
                try {
                  answer.complete(question.answer());
                } catch (RuntimeException | Error e) {
                  answer.completeExceptionally(e);
                  throw e;
                }
              });
      return Optional.of(answer.get(ANSWER_MILLIS, TimeUnit.MILLISECONDS));
    } catch (TimeoutException | RejectedExecutionException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * A closer look at one session that has memory, or could have.
   *
   * @return empty if there is no such session, or it is in the store only, or its loop is silent
   */
  public Optional<Detail> detail(String id) {
    SessionLoop loop = directory.find(id);
    return loop == null
        ? Optional.empty()
        : answer(
                loop,
                () ->
                    Optional.ofNullable(loop.session(id)).map(found -> detail(found, number(loop))))
            .flatMap(found -> found);
  }

  private static Detail detail(Session session, int loop) {
    return new Detail(
        session.look(loop),
        session.terms().limits(),
        session.terms().config().keySet().stream().sorted().toList(),
        session.terms().endMillis(),
        session.lastCallId(),
        session.changedKib(),
        session.lastErrors());
  }

  /**
   * Ends a session, also one that is kept: its client is told why, what it has asked for is served,
   * and it is over. One that is in the store only is taken out of it.
   *
   * @param reason for the client
   */
  public Outcome end(String id, String reason) {
    Outcome live =
        with(
            id,
            session -> {
              session.ending().endedByOperator(reason);
              return new Outcome.Done();
            });
    if (!(live instanceof Outcome.NotFound)) {
      return live;
    }
    KeptSession stored = findStored(id);
    if (stored == null) {
      return new Outcome.NotFound();
    }
    stored.execute(stored::endStored);
    return new Outcome.Done();
  }

  /** Has a session that is in the store too give back its memory, as soon as it is idle. */
  public Outcome sleep(String id) {
    return with(
        id,
        session -> {
          KeptSession of = session.kept();
          String why =
              of == null ? "the session ends with its connection, and can't sleep" : of.sleepSoon();
          return why == null ? new Outcome.Done() : new Outcome.Refused(why);
        });
  }

  /**
   * Has the next call of a session that fails make a capsule, however it fails; a timer's, too. It
   * is forgotten if the session goes to another event loop, or out of memory.
   */
  public Outcome capsule(String id) {
    return with(
        id,
        session ->
            session.wantCapsule()
                ? new Outcome.Done()
                : new Outcome.Refused(
                    "this server makes no capsules: no folder is configured for them"));
  }

  /** From now on calls that fail make capsules, as far as the writer wants them. Doesn't wait. */
  public void capsules(CapsuleWriter writer) {
    loops.forEach(loop -> loop.loop().execute(() -> loop.capsules(writer)));
  }

  /** Has somebody look on while a session's calls are made; one at a time. */
  public Outcome follow(String id, SessionFollower follower) {
    return with(
        id,
        session ->
            session.follow(follower)
                ? new Outcome.Done()
                : new Outcome.Refused("somebody follows the session already"));
  }

  /** Nobody looks on any more. Doesn't wait. */
  public void unfollow(String id) {
    SessionLoop loop = directory.find(id);
    if (loop != null) {
      loop.loop()
          .execute(
              () -> {
                Session session = loop.session(id);
                if (session != null) {
                  session.unfollow();
                }
              });
    }
  }

  /** From now on one call in {@link CallTimings#EVERY} is timed. Doesn't wait. */
  public void timings(CallTimings told) {
    loops.forEach(loop -> loop.loop().execute(() -> loop.timings(told)));
  }

  /** From now on calls whose trace is sampled are spans. Doesn't wait. */
  public void tracer(CallTracer told) {
    loops.forEach(loop -> loop.loop().execute(() -> loop.tracer(told)));
  }

  private Outcome with(String id, Function<Session, Outcome> task) {
    SessionLoop loop = directory.find(id);
    if (loop == null) {
      return new Outcome.NotFound();
    }
    return answer(
            loop,
            () -> {
              Session session = loop.session(id);
              return session == null ? new Outcome.NotFound() : task.apply(session);
            })
        .orElseGet(() -> new Outcome.Silent(number(loop)));
  }

  private @Nullable KeptSession findStored(String id) {
    var found = new ArrayList<KeptSession>(1);
    new Round()
        .ask(
            kept.tokens(),
            entry -> entry.getValue().home(),
            (loop, entry) -> {
              SessionLook look = lookAtStored(loop, entry);
              return look != null && look.id().equals(id) ? entry.getValue() : null;
            },
            found::add);
    return found.isEmpty() ? null : found.getFirst();
  }
}
