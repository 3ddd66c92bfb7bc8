package io.quorate.watch;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import java.util.Comparator;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Values by key range, found by a key inside: a balanced search tree over the ranges' starts whose
 * nodes know the greatest end below them. Finding all that contain a key takes logarithmic time for
 * each. For ranges with an end (exclusive, or open); an AVL tree.
 */
final class RangeTree<V> {
  // By start, then by end with an open one last; two ranges are equal iff this says 0.
  private static final Comparator<KeyRange> ORDER =
      Comparator.comparing(KeyRange::start).thenComparing(KeyRange::end, RangeTree::compareEnds);

  private static final class Node<V> {
    KeyRange range;
    V value;
    Bytes greatestEnd;
    int height = 1;
    @Nullable Node<V> left;
    @Nullable Node<V> right;

    Node(KeyRange range, V value) {
      this.range = range;
      this.value = value;
      this.greatestEnd = range.end();
    }
  }

  private @Nullable Node<V> root;

  /** The value of exactly this range, made if there is none. */
  V getOrAdd(KeyRange range, Supplier<V> fresh) {
    V known = get(range);
    if (known != null) {
      return known;
    }
    V value = fresh.get();
    root = add(root, new Node<>(range, value));
    return value;
  }

  /** The value of exactly this range. */
  @Nullable V get(KeyRange range) {
    Node<V> node = root;
    while (node != null) {
      int order = ORDER.compare(range, node.range);
      if (order == 0) {
        return node.value;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  void remove(KeyRange range) {
    root = remove(root, range);
  }

  /** Hands out the values of all ranges that contain {@code key}, by start, then by end. */
  void forEachContaining(Bytes key, Consumer<V> consumer) {
    visit(root, key, consumer);
  }

  private static <V> void visit(@Nullable Node<V> node, Bytes key, Consumer<V> consumer) {
    if (node == null || !endsAfter(node.greatestEnd, key)) {
      return;
    }
    visit(node.left, key, consumer);
    if (node.range.start().compareTo(key) > 0) {
      return;
    }
    if (endsAfter(node.range.end(), key)) {
      consumer.accept(node.value);
    }
    visit(node.right, key, consumer);
  }

  private static boolean endsAfter(Bytes end, Bytes key) {
    return end.isZero() || key.compareTo(end) < 0;
  }

  private static int compareEnds(Bytes a, Bytes b) {
    if (a.isZero() || b.isZero()) {
      return Boolean.compare(a.isZero(), b.isZero());
    }
    return a.compareTo(b);
  }

  // ---- balance

  private static <V> Node<V> add(@Nullable Node<V> node, Node<V> leaf) {
    if (node == null) {
      return leaf;
    }
    if (ORDER.compare(leaf.range, node.range) < 0) {
      node.left = add(node.left, leaf);
    } else {
      node.right = add(node.right, leaf);
    }
    return balanced(node);
  }

  private static <V> @Nullable Node<V> remove(@Nullable Node<V> node, KeyRange range) {
    if (node == null) {
      return null;
    }
    int order = ORDER.compare(range, node.range);
    if (order < 0) {
      node.left = remove(node.left, range);
    } else if (order > 0) {
      node.right = remove(node.right, range);
    } else if (node.left == null) {
      return node.right;
    } else if (node.right == null) {
      return node.left;
    } else {
      Node<V> successor = node.right;
      while (successor.left != null) {
        successor = successor.left;
      }
      node.range = successor.range;
      node.value = successor.value;
      node.right = remove(node.right, successor.range);
    }
    return balanced(node);
  }

  private static <V> Node<V> balanced(Node<V> node) {
    Node<V> left = node.left;
    Node<V> right = node.right;
    if (left != null && height(left) > height(right) + 1) {
      Node<V> inner = left.right;
      if (inner != null && height(inner) > height(left.left)) {
        node.left = rotatedLeft(left, inner);
      }
      return rotatedRight(node);
    }
    if (right != null && height(right) > height(left) + 1) {
      Node<V> inner = right.left;
      if (inner != null && height(inner) > height(right.right)) {
        node.right = rotatedRight(right, inner);
      }
      return rotatedLeft(node);
    }
    update(node);
    return node;
  }

  private static <V> Node<V> rotatedLeft(Node<V> node) {
    return node.right == null ? node : rotatedLeft(node, node.right);
  }

  private static <V> Node<V> rotatedRight(Node<V> node) {
    return node.left == null ? node : rotatedRight(node, node.left);
  }

  private static <V> Node<V> rotatedLeft(Node<V> node, Node<V> right) {
    node.right = right.left;
    right.left = node;
    update(node);
    update(right);
    return right;
  }

  private static <V> Node<V> rotatedRight(Node<V> node, Node<V> left) {
    node.left = left.right;
    left.right = node;
    update(node);
    update(left);
    return left;
  }

  private static <V> void update(Node<V> node) {
    node.height = 1 + Math.max(height(node.left), height(node.right));
    Bytes end = node.range.end();
    if (node.left != null && compareEnds(node.left.greatestEnd, end) > 0) {
      end = node.left.greatestEnd;
    }
    if (node.right != null && compareEnds(node.right.greatestEnd, end) > 0) {
      end = node.right.greatestEnd;
    }
    node.greatestEnd = end;
  }

  private static int height(@Nullable Node<?> node) {
    return node == null ? 0 : node.height;
  }
}
