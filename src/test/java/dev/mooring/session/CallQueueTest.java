package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.ExportedFunction;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class CallQueueTest {
  private static final Problem CANCELLED = new Problem(ErrorCode.CANCELLED, "cancelled");
  private static final ExportedFunction FUNCTION =
      new ExportedFunction(0, "f", 0, List.of(), List.of());

  private final CallQueue.Spare spare = new CallQueue.Spare();
  private final CallQueue queue = new CallQueue(spare);
  private final CallRequest request = new CallRequest();

  private void add(long id) {
    request.begin(id, "f", 0, 0);
    queue.add(request, FUNCTION, CallQueue.NO_DEADLINE, 0);
  }

  @Test
  void replace_oneOfMany_looksAtFew() {
    for (long id = 1; id <= 1_024; id++) {
      add(2 * id);
    }
    for (long id = 0; id <= 2_050; id++) {
      assertEquals(id >= 2 && id <= 2_048 && id % 2 == 0, queue.replace(id, CANCELLED), "id " + id);
      assertTrue(spare.looks() <= 64, spare.looks() + " looks for " + id);
      assertFalse(queue.replace(id, CANCELLED));
    }
    queue.clear();
    assertFalse(queue.replace(2, CANCELLED));
  }

  @Test
  void replace_idsBeyondTheSignedOnes_areInOrder() {
    add(5);
    add(Long.MAX_VALUE);
    add(Long.MIN_VALUE);
    add(-1);
    assertTrue(queue.replace(Long.MIN_VALUE, CANCELLED));
    assertTrue(queue.replace(-1, CANCELLED));
    assertFalse(queue.replace(-2, CANCELLED));
    assertTrue(queue.replace(5, CANCELLED));
    queue.clear();
  }

  @Test
  void bytes_ofACallOfATrace_haveTheTraceToo() {
    add(1);
    long plain = queue.bytes();
    request.begin(2, "f", 0, 0);
    request.trace(TraceParent.of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    queue.add(request, FUNCTION, CallQueue.NO_DEADLINE, 0);
    assertEquals(2 * plain + TraceParent.BYTES, queue.bytes());
    queue.clear();
    add(3);
    assertEquals(plain, queue.bytes());
    queue.clear();
  }

  @Test
  void queue_inAnyOrderOfEvents_isAsAPlainOne() {
    var random = new Random(7);
    var model = new ArrayDeque<Long>();
    long nextId = 1;
    for (int i = 0; i < 100_000; i++) {
      switch (random.nextInt(i / 1_000 % 2 == 0 ? 4 : 8)) {
        case 0, 1 -> {
          add(nextId);
          model.add(nextId);
          nextId += 1 + random.nextInt(3);
        }
        case 2 -> {
          long id = Math.max(0, nextId - random.nextInt(200));
          boolean waits = model.contains(id);
          boolean replaced = queue.replace(id, CANCELLED);
          assertTrue(waits || !replaced, "id " + id);
        }
        default -> {
          if (!model.isEmpty()) {
            assertEquals(model.remove(), queue.first().id);
            queue.removeFirst();
          }
        }
      }
      assertEquals(model.size(), queue.size());
    }
    queue.clear();
    assertEquals(0, queue.bytes());
  }
}
