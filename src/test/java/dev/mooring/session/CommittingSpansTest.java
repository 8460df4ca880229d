package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When spans end whose calls have run. */
final class CommittingSpansTest {
  private final CommittingSpans spans = new CommittingSpans();
  private final List<Integer> ended = new ArrayList<>();

  private void add(int id) {
    spans.add(
        new CallTracer.TracedCall() {
          @Override
          public TraceParent context() {
            throw new AssertionError("not asked");
          }

          @Override
          public void ran(@Nullable Problem problem) {}

          @Override
          public void end() {
            ended.add(id);
          }
        });
  }

  @Test
  void safe_endsThoseOfTheTurnsBefore() {
    add(1);
    add(2);
    spans.waitFor(7);
    add(3);
    spans.safe(6);
    assertEquals(List.of(), ended);
    spans.waitFor(8);
    spans.safe(7);
    assertEquals(List.of(1, 2), ended);
    spans.safe(9);
    assertEquals(List.of(1, 2, 3), ended);
  }

  @Test
  void endAll_endsThoseOfTheTurnToo() {
    add(1);
    spans.waitFor(7);
    add(2);
    spans.endAll();
    assertEquals(List.of(1, 2), ended);
    spans.safe(7);
    assertEquals(2, ended.size());
  }

  @Test
  void add_moreThanMayWait_endsTheOldest() {
    IntStream.range(0, CommittingSpans.MOST + 2).forEach(this::add);
    assertEquals(List.of(0, 1), ended);
  }
}
