import de.bwaldvogel.mongo.bson.BinData;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.ErrorCode;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.wire.BsonConstants;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Collection;
import java.util.Map;

/** How large documents are as BSON. */
final class Sizes {
    private static final int MAX_BYTES_OF_A_CHAR = 3;
    private static final int SCALAR = 24;

    private Sizes() {
    }

    /** At least what the value takes; cheap. */
    static int bound(Object value) {
        if (value instanceof String) {
            return SCALAR + MAX_BYTES_OF_A_CHAR * ((String) value).length();
        }
        if (value instanceof BinData) {
            return SCALAR + ((BinData) value).getData().length;
        }
        int size = SCALAR;
        if (value instanceof Map) {
            for (Map.Entry<?, ?> member : ((Map<?, ?>) value).entrySet()) {
                size += MAX_BYTES_OF_A_CHAR * ((String) member.getKey()).length() + bound(member.getValue());
            }
        } else if (value instanceof Collection) {
            for (Object each : (Collection<?>) value) {
                size += SCALAR + bound(each);
            }
        }
        return size;
    }

    /** Refuses what MongoDB does not hold, in its words. */
    static void check(Document document, boolean isUpdate) {
        if (bound(document) <= BsonConstants.MAX_BSON_OBJECT_SIZE) {
            return;
        }
        ByteBuf bytes = Unpooled.buffer();
        BsonEncoder.encodeDocument(document, bytes);
        int size = bytes.readableBytes();
        if (size <= BsonConstants.MAX_BSON_OBJECT_SIZE) {
            return;
        }
        if (isUpdate) {
            throw new MongoServerError(17419, "Resulting document after update is larger than " + BsonConstants.MAX_BSON_OBJECT_SIZE);
        }
        throw new MongoServerError(ErrorCode.BadValue, "object to insert too large. size in bytes: " + size
            + ", max size: " + BsonConstants.MAX_BSON_OBJECT_SIZE);
    }
}
