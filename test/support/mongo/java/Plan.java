import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.PriorityQueue;

/**
 * How an index serves a query: some values for each of its first fields, then perhaps a range of the next. What it
 * yields holds all that matches and may hold more, so the query is still asked of each document.
 */
final class Plan {
    private static final int MAX_POINTS = 10_000;

    final OrderedIndex index;
    /** Whether documents come in the order that was asked for. */
    final boolean isSorted;
    private final boolean isReversed;
    /** Where the fields begin that documents are sorted by. */
    private final int sortedFrom;
    /** How many fields have values, and all their combinations. */
    private final int depth;
    private final List<Object[]> points;
    private final Condition range;

    private Plan(OrderedIndex index, Map<String, Condition> conditions, Document orderBy) {
        this.index = index;
        List<Object[]> found = List.<Object[]>of(new Object[0]);
        int fields = 0;
        while (fields < index.fields().length) {
            Condition condition = conditions.get(index.fields()[fields]);
            if (condition == null || condition.points == null || found.size() * condition.points.size() > MAX_POINTS) {
                break;
            }
            found = extend(found, condition.points);
            fields++;
        }
        this.depth = fields;
        this.points = found;
        Condition next = depth < index.fields().length ? conditions.get(index.fields()[depth]) : null;
        this.range = next != null && next.points == null ? next : null;

        List<Map.Entry<String, Object>> asked = new ArrayList<>();
        for (Map.Entry<String, Object> each : orderBy.entrySet()) {
            Condition condition = conditions.get(each.getKey());
            if (condition == null || !condition.isOneValue()) {
                asked.add(each);
            }
        }
        int from = asked.isEmpty() ? depth : List.of(index.fields()).indexOf(asked.get(0).getKey());
        int direction = from < 0 || from > depth ? 0 : directionOf(asked, from, conditions);
        this.sortedFrom = from;
        this.isSorted = direction != 0;
        this.isReversed = direction < 0;
    }

    /** The plan that narrows most, or undefined when only a scan will do. */
    static Plan best(Iterable<OrderedIndex> indexes, Document query, Document orderBy) {
        Map<String, Condition> conditions = Condition.collect(query);
        Plan best = null;
        for (OrderedIndex index : indexes) {
            Plan plan = index.canServe() ? new Plan(index, conditions, orderBy) : null;
            if (plan != null && plan.worth(orderBy) > (best == null ? 0 : best.worth(orderBy))) {
                best = plan;
            }
        }
        return best;
    }

    private int worth(Document orderBy) {
        return 4 * depth + (range == null ? 0 : 2) + (isSorted && !orderBy.isEmpty() ? 3 : 0);
    }

    private static List<Object[]> extend(List<Object[]> points, List<Object> values) {
        List<Object[]> longer = new ArrayList<>(points.size() * values.size());
        for (Object[] point : points) {
            for (Object value : values) {
                longer.add(append(point, value));
            }
        }
        return longer;
    }

    private static Object[] append(Object[] values, Object value) {
        Object[] longer = Arrays.copyOf(values, values.length + 1);
        longer[values.length] = value;
        return longer;
    }

    /** 1 when the index is in the order asked for, -1 when it is the other way round, 0 when neither. */
    private int directionOf(List<Map.Entry<String, Object>> asked, int from, Map<String, Condition> conditions) {
        int direction = 0;
        int field = from;
        for (Map.Entry<String, Object> each : asked) {
            while (field < index.fields().length && !index.fields()[field].equals(each.getKey()) && isOneValue(field, conditions)) {
                field++;
            }
            if (field >= index.fields().length || !index.fields()[field].equals(each.getKey())) {
                return 0;
            }
            int own = Integer.signum(((Number) each.getValue()).intValue()) * index.directions()[field];
            if (direction != 0 && direction != own) {
                return 0;
            }
            direction = own;
            field++;
        }
        return direction == 0 ? 1 : direction;
    }

    private boolean isOneValue(int field, Map<String, Condition> conditions) {
        Condition condition = conditions.get(index.fields()[field]);
        return condition != null && condition.isOneValue();
    }

    Iterator<Long> positions() {
        List<Iterator<OrderedIndex.Key>> parts = new ArrayList<>();
        for (Object[] point : points) {
            Iterator<OrderedIndex.Key> part = keysOf(point);
            if (part.hasNext()) {
                parts.add(part);
            }
        }
        return parts.size() > 1 && isSorted ? new Merge(parts) : new Chain(parts);
    }

    private Iterator<OrderedIndex.Key> keysOf(Object[] point) {
        boolean ascends = range == null || index.directions()[point.length] > 0;
        Object low = range == null ? Condition.OPEN : ascends ? range.lowest() : range.high;
        Object high = range == null ? Condition.OPEN : ascends ? range.high : range.lowest();
        boolean lowIn = range != null && (ascends ? range.lowIn : range.highIn);
        boolean highIn = range != null && (ascends ? range.highIn : range.lowIn);
        OrderedIndex.Key from = low == Condition.OPEN ? new OrderedIndex.Key(point, 0, -1)
            : new OrderedIndex.Key(append(point, low), 0, lowIn ? -1 : 1);
        OrderedIndex.Key to = high == Condition.OPEN ? new OrderedIndex.Key(point, 0, 1)
            : new OrderedIndex.Key(append(point, high), 0, highIn ? 1 : -1);
        if (index.keys.comparator().compare(from, to) >= 0) {
            return Collections.emptyIterator();
        }
        NavigableSet<OrderedIndex.Key> keys = index.keys.subSet(from, true, to, true);
        return isReversed ? keys.descendingIterator() : keys.iterator();
    }

    /** One part after the other; a stream would read a part to its end before it yields the first. */
    private static final class Chain implements Iterator<Long> {
        private final Deque<Iterator<OrderedIndex.Key>> parts;

        Chain(List<Iterator<OrderedIndex.Key>> parts) {
            this.parts = new ArrayDeque<>(parts);
        }

        @Override
        public boolean hasNext() {
            while (!parts.isEmpty() && !parts.peek().hasNext()) {
                parts.remove();
            }
            return !parts.isEmpty();
        }

        @Override
        public Long next() {
            return parts.element().next().position;
        }
    }

    /** Several ordered parts as one, without reading more of them than is asked for. */
    private final class Merge implements Iterator<Long> {
        private final class Head {
            final Iterator<OrderedIndex.Key> rest;
            OrderedIndex.Key key;

            Head(Iterator<OrderedIndex.Key> rest) {
                this.rest = rest;
                this.key = rest.next();
            }
        }

        private final PriorityQueue<Head> heads;

        Merge(List<Iterator<OrderedIndex.Key>> parts) {
            Comparator<OrderedIndex.Key> order = index.comparator(sortedFrom);
            heads = new PriorityQueue<>((left, right) -> (isReversed ? -1 : 1) * order.compare(left.key, right.key));
            for (Iterator<OrderedIndex.Key> part : parts) {
                heads.add(new Head(part));
            }
        }

        @Override
        public boolean hasNext() {
            return !heads.isEmpty();
        }

        @Override
        public Long next() {
            Head first = heads.remove();
            long position = first.key.position;
            if (first.rest.hasNext()) {
                first.key = first.rest.next();
                heads.add(first);
            }
            return position;
        }
    }
}
