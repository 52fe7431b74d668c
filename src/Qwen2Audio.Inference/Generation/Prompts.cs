using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Generation;

/// <summary>What is continued: ids, or rows of the decoder's width with, if they are told, the ids that they stand for.</summary>
internal sealed class Prompts
{
    private readonly IReadOnlyList<int[]>? _ids;
    private readonly Func<Matrix>? _embed;

    private Prompts(IReadOnlyList<int[]>? ids, Func<Matrix>? embed, Layout rows)
    {
        (_ids, _embed, Rows) = (ids, embed, rows);
        for (var s = 0; s < rows.Sequences; s++)
        {
            if (rows.Length(s) == 0) throw new ArgumentException($"Prompt {s} is empty.", nameof(rows));
            Longest = Math.Max(Longest, rows.Length(s));
        }
    }

    public Layout Rows { get; }

    public int Count => Rows.Sequences;

    public int Longest { get; }

    public static Prompts Of(IReadOnlyList<int[]> ids)
    {
        int[] lengths = [.. ids.Select(prompt => prompt.Length)];
        return new Prompts(ids, null, Layout.Of(lengths));
    }

    public static Prompts Of(Matrix x, Layout rows, IReadOnlyList<int[]>? ids)
    {
        if (x.Rows != rows.Rows) throw new ArgumentException($"{x.Rows} rows do not fit a layout of {rows.Rows}.", nameof(x));
        if (ids is not null && ids.Count != rows.Sequences)
            throw new ArgumentException($"Ids of {ids.Count} prompts for {rows.Sequences}.", nameof(ids));
        return Of(() => x, rows, ids);
    }

    /// <summary>Rows that are made when they are needed, by operators that others may have used since.</summary>
    public static Prompts Of(Func<Matrix> embed, Layout rows, IReadOnlyList<int[]>? ids) => new(ids, embed, rows);

    /// <summary>Checks the options for these prompts.</summary>
    /// <exception cref="ArgumentException">They are out of range, or need the prompts' ids, which were not told.</exception>
    public void Check(GenerationOptions options, int vocabulary)
    {
        options.Check(vocabulary);
        if (options.ReadsPrompt && _ids is null)
            throw new ArgumentException("A repetition penalty, an n-gram block and bad words of several tokens need the ids of the prompts.", nameof(options));
        if (options.MaxNewTokens > Array.MaxLength - Longest)
            throw new ArgumentException($"{nameof(options.MaxNewTokens)} is {options.MaxNewTokens}; allowed: at most {Array.MaxLength - Longest} after {Longest} rows.", nameof(options));
    }

    /// <summary>Ids of a prompt; none when they were not told.</summary>
    public ReadOnlySpan<int> Ids(int sequence) => _ids is null ? [] : _ids[sequence];

    /// <summary>The rows that enter the decoder.</summary>
    public Matrix Embed(IDecoder decoder, InferenceOps ops)
    {
        if (_embed is not null) return _embed();
        ops.Reset();
        int[] all = [.. _ids!.SelectMany(prompt => prompt)];
        return decoder.Embed(ops, all, Rows);
    }

    /// <summary>State with this number of slots for each prompt.</summary>
    public SequenceState State(int slots, int newTokens) => new(checked(Count * slots), Longest + newTokens);
}
