package dev.mooring.guest.compile;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Repeats a loop's dispatch wherever the loop goes back to it: an interpreter, which has a {@code
 * br_table} at the head of its loop, then has a jump of its own behind each opcode, as a person
 * would write it. With the one shared jump, the JIT loads what any case may need before it, and the
 * processor guesses the next opcode from nothing.
 *
 * <p>A copy goes forward only: what leads back is a {@code goto} as before, since the JVM notices
 * by those alone that a loop is hot while it runs.
 *
 * <p>What is added is bounded, and no method becomes one that the JVM wouldn't compile for its
 * length.
 */
final class Dispatch {
  /** A way back of more instructions than this isn't repeated. */
  private static final int MOST_INSTRUCTIONS = 32;

  /** Of a way back, so many branches may be left out. */
  private static final int MOST_BRANCHES = 3;

  /** As many bytes may be added to a method. */
  private static final int MOST_BYTES = 4_096;

  /** About what an instruction takes, with some to spare. */
  private static final int INSTRUCTION_BYTES = 3;

  private static final int SWITCH_BYTES = 16;
  private static final int CASE_BYTES = 4;

  private final List<CodeElement> elements;
  private final Map<Label, Integer> places = new HashMap<>();

  /** What stands for a branch back, by the branch's place. */
  private final Map<Integer, Copy> copies = new HashMap<>();

  private int bytesLeft;

  /** What is repeated: plain instructions, and the jump. */
  private record Copy(List<CodeElement> instructions, TableSwitchInstruction jump) {
    int bytes() {
      return instructions.size() * INSTRUCTION_BYTES
          + SWITCH_BYTES
          + (jump.highValue() - jump.lowValue() + 1) * CASE_BYTES;
    }
  }

  private Dispatch(CodeModel code, int length) {
    elements = code.elementList();
    bytesLeft = Math.min(MOST_BYTES, LargeFunction.HOTSPOTS_LIMIT_BYTES - length);
    for (int i = 0; i < elements.size(); i++) {
      if (elements.get(i) instanceof LabelTarget target) {
        places.put(target.label(), i);
      }
    }
    for (int i = 0; i < elements.size(); i++) {
      if (elements.get(i) instanceof BranchInstruction branch && branch.opcode() == Opcode.GOTO) {
        plan(i);
      }
    }
  }

  private void plan(int place) {
    Copy copy = wayBack(place);
    if (copy != null && copy.bytes() <= bytesLeft) {
      bytesLeft -= copy.bytes();
      copies.put(place, copy);
    }
  }

  /** What lies between a branch and a jump, if that is a short way, and leads back. */
  private @Nullable Copy wayBack(int place) {
    var instructions = new ArrayList<CodeElement>();
    boolean back = false;
    int branches = 0;
    for (int i = place; i < elements.size() && instructions.size() <= MOST_INSTRUCTIONS; i++) {
      switch (elements.get(i)) {
        case TableSwitchInstruction jump -> {
          return back ? new Copy(instructions, jump) : null;
        }
        case BranchInstruction branch -> {
          int target = places.getOrDefault(branch.target(), elements.size());
          if (branch.opcode() != Opcode.GOTO || branches++ == MOST_BRANCHES) {
            return null;
          }
          back |= target < i;
          i = target;
        }
        case ReturnInstruction end -> {
          return null;
        }
        case ThrowInstruction end -> {
          return null;
        }
        case LookupSwitchInstruction other -> {
          return null;
        }
        case Instruction instruction -> instructions.add(instruction);
        default -> {} // Labels of others who come here; nothing comes to the copy.
      }
    }
    return null;
  }

  /**
   * For a method that has a switch.
   *
   * @param length of its code, in bytes
   */
  static CodeTransform transform(CodeModel code, int length) {
    var dispatch = new Dispatch(code, length);
    if (dispatch.copies.isEmpty()) {
      return CodeTransform.ACCEPT_ALL;
    }
    return CodeTransform.ofStateful(() -> new Repeating(dispatch));
  }

  private static final class Repeating implements CodeTransform {
    private final Dispatch dispatch;

    /** Where copies go that must go back. */
    private final Map<Label, Label> ways = new LinkedHashMap<>();

    private int place;

    Repeating(Dispatch dispatch) {
      this.dispatch = dispatch;
    }

    @Override
    public void accept(CodeBuilder code, CodeElement element) {
      Copy copy = dispatch.copies.get(place);
      if (copy == null) {
        code.with(element);
      } else {
        repeat(code, copy);
      }
      place++;
    }

    private void repeat(CodeBuilder code, Copy copy) {
      copy.instructions.forEach(code::with);
      var cases = new ArrayList<SwitchCase>();
      for (SwitchCase each : copy.jump.cases()) {
        cases.add(SwitchCase.of(each.caseValue(), way(code, each.target())));
      }
      code.tableswitch(
          copy.jump.lowValue(), copy.jump.highValue(), way(code, copy.jump.defaultTarget()), cases);
    }

    private Label way(CodeBuilder code, Label target) {
      return dispatch.places.getOrDefault(target, 0) > place
          ? target
          : ways.computeIfAbsent(target, back -> code.newLabel());
    }

    @Override
    public void atEnd(CodeBuilder code) {
      ways.forEach((target, way) -> code.labelBinding(way).goto_(target));
    }
  }
}
