namespace Qwen2Audio.Model.Synthesis;

/// <summary>
/// The codes of a frame, codebook by codebook: logits = codebook · (fc2 gelu(fc1 h + earlier q)) + bias, where q is the sum of the entries chosen from the codebooks before. The codec's
/// codebooks are the output matrix and stay as they are.
/// </summary>
internal sealed class DepthHead
{
    private readonly IReadOnlyList<IWeight> _codebooks;
    private readonly (IWeight Fc1, IWeight Bias1, IWeight? Earlier, IWeight Fc2, IWeight Bias2, IWeight Bias)[] _books;

    public DepthHead(SynthesisConfig config, int hidden, IReadOnlyList<IWeight> codebooks, IWeights weights)
    {
        _codebooks = codebooks;
        _books = [.. Enumerable.Range(0, config.Books).Select(book =>
        {
            var own = weights.Sub($"{book}");
            return (own.Get("fc1.weight", config.HeadWidth, hidden), own.Get("fc1.bias", config.HeadWidth),
                book == 0 ? null : own.Get("earlier.weight", config.HeadWidth, config.Dimension),
                own.Get("fc2.weight", config.Dimension, config.HeadWidth), own.Get("fc2.bias", config.Dimension), own.Get("bias", config.Entries));
        })];
    }

    /// <summary>Logits [rows, entries] of a codebook.</summary>
    /// <param name="ops">The operators.</param>
    /// <param name="hidden">[rows, hidden].</param>
    /// <param name="book">The codebook.</param>
    /// <param name="codes">[rows, books], of which those of earlier codebooks are read.</param>
    public T Logits<T>(IOps<T> ops, T hidden, int book, ReadOnlySpan<int> codes)
    {
        var (fc1, bias1, earlier, fc2, bias2, bias) = _books[book];
        var inner = ops.Linear(hidden, fc1, bias1);
        if (earlier is not null) ops.Accumulate(ref inner, ops.Linear(Sum(ops, codes, _books.Length, book), earlier));
        inner = ops.Activate(inner, new ActivationSpec(Activation.Gelu));
        return ops.Linear(ops.Linear(inner, fc2, bias2), _codebooks[book], bias);
    }

    /// <summary>The sum of the entries of the first <paramref name="count"/> codebooks, [rows, dimension]; −1 counts as no frame, all of whose sum is zero.</summary>
    public T Sum<T>(IOps<T> ops, ReadOnlySpan<int> codes, int books, int count)
    {
        var ids = new int[codes.Length / books];
        T sum = default!;
        List<int> none = [];
        for (var book = 0; book < count; book++)
        {
            for (var row = 0; row < ids.Length; row++)
            {
                ids[row] = Math.Max(0, codes[row * books + book]);
                if (book == 0 && codes[row * books] < 0) none.Add(row);
            }

            if (book == 0) sum = ops.Embed(_codebooks[0], ids);
            else ops.Accumulate(ref sum, ops.Embed(_codebooks[book], ids));
        }

        if (none.Count == 0) return sum;
        var width = _codebooks[0].Shape[1];
        ops.PutRows(ref sum, [.. none], ops.Input(new float[none.Count * width], none.Count, width));
        return sum;
    }
}
