import de.bwaldvogel.mongo.bson.BinData;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.bson.ObjectId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;

/** What a query says of one field, as far as an index can use it: some values, or a range. */
final class Condition {
    /** A side of a range without a bound. */
    static final Object OPEN = new Object();

    /** The values it may have, in order and each once; null for a range. */
    List<Object> points;
    Object low = OPEN;
    Object high = OPEN;
    boolean lowIn = true;
    boolean highIn = true;

    boolean isOneValue() {
        return points != null && points.size() == 1;
    }

    static Map<String, Condition> collect(Document query) {
        Map<String, Condition> conditions = new HashMap<>();
        collect(query, conditions);
        return conditions;
    }

    private static void collect(Document query, Map<String, Condition> into) {
        for (Map.Entry<String, Object> each : query.entrySet()) {
            if (each.getKey().equals("$and")) {
                for (Object part : (Collection<?>) each.getValue()) {
                    collect((Document) part, into);
                }
            } else if (!each.getKey().startsWith("$")) {
                read(each.getValue(), into, each.getKey());
            }
        }
    }

    private static void read(Object value, Map<String, Condition> into, String field) {
        if (isScalar(value)) {
            into.computeIfAbsent(field, name -> new Condition()).setPoints(Collections.singletonList(value));
        } else if (value instanceof Document) {
            for (Map.Entry<String, Object> each : ((Document) value).entrySet()) {
                if (isUsable(each.getKey(), each.getValue())) {
                    into.computeIfAbsent(field, name -> new Condition()).add(each.getKey(), each.getValue());
                }
            }
        }
    }

    private static boolean isUsable(String operator, Object value) {
        switch (operator) {
            case "$eq":
                return isScalar(value);
            case "$in":
                return value instanceof Collection && ((Collection<?>) value).stream().allMatch(Condition::isScalar);
            case "$gt":
            case "$gte":
            case "$lt":
            case "$lte":
                return value != null && isScalar(value);
            default:
                return false;
        }
    }

    private static boolean isScalar(Object value) {
        return value == null || value instanceof String || value instanceof Integer || value instanceof Long
            || value instanceof Double || value instanceof Boolean || value instanceof ObjectId
            || value instanceof Instant || value instanceof UUID || value instanceof BinData;
    }

    private void setPoints(Collection<?> values) {
        if (points == null || values.size() < points.size()) {
            TreeSet<Object> each = new TreeSet<>(Values.ORDER);
            each.addAll(values);
            points = new ArrayList<>(each);
        }
    }

    private void add(String operator, Object value) {
        if (operator.equals("$in")) {
            setPoints((Collection<?>) value);
        } else if (operator.equals("$eq")) {
            setPoints(Collections.singletonList(value));
        } else if (operator.startsWith("$g") && low == OPEN) {
            low = value;
            lowIn = operator.equals("$gte");
        } else if (operator.startsWith("$l") && high == OPEN) {
            high = value;
            highIn = operator.equals("$lte");
        }
    }

    /** A range holds values of one type alone, so an open side ends where that type does. */
    Object lowest() {
        if (low != OPEN) {
            return low;
        }
        return high instanceof String ? "" : high instanceof Number ? (Object) Double.NEGATIVE_INFINITY : OPEN;
    }
}
