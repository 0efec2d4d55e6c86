import de.bwaldvogel.mongo.backend.DefaultQueryMatcher;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;

/** Makes commands answer as MongoDB documents it, where mongo-java-server does not. */
final class Commands {
    private static final Set<String> WRITES = Set.of(
        "insert", "update", "delete", "findandmodify", "createindexes", "dropindexes", "create", "drop", "dropdatabase",
        "renamecollection");
    /** MongoDB's first batch when the client names no size. */
    private static final int FIRST_BATCH = 101;
    private static final int NEXT_BATCH = 1000;

    private Commands() {
    }

    static boolean isWrite(String command) {
        return WRITES.contains(command.toLowerCase());
    }

    /** Answers a command by way of {@code next}, which is the library's own way, asked once or more. */
    static Document answer(String command, Document query, BiFunction<String, Document, Document> next) {
        switch (command) {
            case "find":
                query.putIfAbsent("batchSize", FIRST_BATCH);
                return next.apply(command, query);
            case "getMore":
                query.putIfAbsent("batchSize", NEXT_BATCH);
                return next.apply(command, query);
            case "insert":
                return countInserted(query, next.apply(command, query));
            case "update":
                return isOrdered(query) ? stopAtFirstError(command, query, next) : next.apply(command, query);
            case "hello":
                return next.apply("ismaster", query).append("isWritablePrimary", true);
            case "listCollections":
                return filterBatch(query, next.apply(command, query));
            default:
                return next.apply(command, query);
        }
    }

    /** The library lists all collections, whatever the filter. */
    private static Document filterBatch(Document query, Document answer) {
        Document cursor = (Document) answer.get("cursor");
        List<Object> wanted = new ArrayList<>();
        for (Object each : (Iterable<?>) cursor.get("firstBatch")) {
            if (new DefaultQueryMatcher().matches((Document) each, (Document) query.getOrDefault("filter", new Document()))) {
                wanted.add(each);
            }
        }
        cursor.put("firstBatch", wanted);
        return answer;
    }

    private static boolean isOrdered(Document query) {
        return !Boolean.FALSE.equals(query.get("ordered"));
    }

    /** The library counts what failed, too. */
    private static Document countInserted(Document query, Document answer) {
        List<?> errors = (List<?>) answer.get("writeErrors");
        if (errors == null) {
            return answer;
        }
        Object first = ((Document) errors.get(0)).get("index");
        int all = ((List<?>) query.get("documents")).size();
        answer.put("n", isOrdered(query) ? first : Integer.valueOf(all - errors.size()));
        return answer;
    }

    /** The library goes on after an error in ordered updates; MongoDB stops there. */
    private static Document stopAtFirstError(String command, Document query, BiFunction<String, Document, Document> next) {
        List<?> updates = (List<?>) query.get("updates");
        if (updates.size() == 1) {
            return next.apply(command, query);
        }
        int matched = 0;
        int modified = 0;
        List<Object> upserted = new ArrayList<>();
        List<Object> errors = new ArrayList<>();
        for (int i = 0; i < updates.size() && errors.isEmpty(); i++) {
            Document one = query.clone();
            one.put("updates", List.of(updates.get(i)));
            Document answer = next.apply(command, one);
            matched += (Integer) answer.get("n");
            modified += (Integer) answer.get("nModified");
            collect(answer.get("upserted"), i, upserted);
            collect(answer.get("writeErrors"), i, errors);
        }
        Document answer = new Document("n", matched).append("nModified", modified);
        if (!upserted.isEmpty()) {
            answer.put("upserted", upserted);
        }
        if (!errors.isEmpty()) {
            answer.put("writeErrors", errors);
        }
        return answer.append("ok", 1.0);
    }

    private static void collect(Object found, int index, List<Object> into) {
        if (found == null) {
            return;
        }
        for (Object each : (Iterable<?>) found) {
            into.add(((Document) each).append("index", index));
        }
    }
}
