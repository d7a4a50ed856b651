package itsdangerous

// URLSafeSerializer is a [Serializer] with [URLSafe] around its codec: its
// tokens need no escaping in a URL, a cookie or a form. (If its separator needs
// none either, as the default does.)
type URLSafeSerializer[T any] = Serializer[T]

// NewURLSafeSerializer takes and returns what [NewSerializer] does, with
// URLSafe[T]{Codec: codec}. For another limit or rule of compression give
// NewSerializer a URLSafe of your own.
func NewURLSafeSerializer[T any](o Options, codec Codec[T], fallbacks ...Options) (*URLSafeSerializer[T], error) {
	return NewSerializer(o, URLSafe[T]{Codec: codec}, fallbacks...)
}

// URLSafeTimedSerializer is a [TimedSerializer] with [URLSafe] around its codec.
type URLSafeTimedSerializer[T any] = TimedSerializer[T]

// NewURLSafeTimedSerializer takes and returns what [NewTimedSerializer] does,
// with URLSafe[T]{Codec: codec}. For another limit or rule of compression give
// NewTimedSerializer a URLSafe of your own.
func NewURLSafeTimedSerializer[T any](o Options, codec Codec[T], fallbacks ...Options) (*URLSafeTimedSerializer[T], error) {
	return NewTimedSerializer(o, URLSafe[T]{Codec: codec}, fallbacks...)
}

// URLSafe is a [Codec] that writes what another codec writes in letters, digits,
// "-" and "_", and in front a "." where that is shorter compressed; see
// [AppendPack]. The zero value does as Python's URLSafeSerializerMixin does.
type URLSafe[T any] struct {
	// Codec encodes the values; JSON if nil.
	Codec Codec[T]

	// CompressAbove is how many bytes a payload must have to be compressed if
	// that makes it shorter. Zero tries always; less than zero never.
	CompressAbove int

	// InflateLimit is how many bytes a compressed payload may inflate to;
	// [DefaultInflateLimit] if zero.
	InflateLimit int
}

// Append appends v, encoded by Codec and packed by [AppendPack]. It returns dst
// as it was, and the error of Codec, if that cannot encode v.
func (u URLSafe[T]) Append(dst []byte, v T) ([]byte, error) {
	data, err := orJSON(u.Codec).Append(nil, v)
	if err != nil {
		return dst, err
	}
	compressAbove := u.CompressAbove
	if compressAbove == 0 {
		compressAbove = 1
	}
	return AppendPack(dst, data, compressAbove), nil
}

// Unmarshal reads a payload that Append wrote. Its error is that of
// [AppendUnpack] or of Codec.
func (u URLSafe[T]) Unmarshal(payload []byte) (v T, err error) {
	data, err := AppendUnpack(nil, payload, u.InflateLimit)
	if err != nil {
		return v, err
	}
	return orJSON(u.Codec).Unmarshal(data)
}
