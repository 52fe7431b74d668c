using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Generation;

/// <summary>Prompts: token ids, or embedded rows with, optionally, the ids that they stand for.</summary>
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
            throw new ArgumentException($"Ids of {ids.Count} prompts for a layout of {rows.Sequences}.", nameof(ids));
        return Of(() => x, rows, ids);
    }

    /// <summary>Prompts whose rows are created when needed, since others may use the operators in the meantime.</summary>
    public static Prompts Of(Func<Matrix> embed, Layout rows, IReadOnlyList<int[]>? ids) => new(ids, embed, rows);

    /// <summary>Checks the options against these prompts.</summary>
    /// <exception cref="ArgumentException">Options are out of range, or need the ids of prompts given as rows only.</exception>
    public void Check(GenerationOptions options, int vocabulary)
    {
        options.Check(vocabulary);
        if (options.ReadsPrompt && _ids is null)
            throw new ArgumentException("A repetition penalty, an n-gram block and bad words of several tokens need the ids of the prompts.", nameof(options));
        if (options.MaxNewTokens > Array.MaxLength - Longest)
            throw new ArgumentException($"{nameof(options.MaxNewTokens)} is {options.MaxNewTokens}; allowed: at most {Array.MaxLength - Longest} after {Longest} rows.", nameof(options));
    }

    /// <summary>Ids of a prompt; empty when they are not known.</summary>
    public ReadOnlySpan<int> Ids(int sequence) => _ids is null ? [] : _ids[sequence];

    /// <summary>The rows that enter the decoder.</summary>
    public Matrix Embed(IDecoder decoder, InferenceOps ops)
    {
        if (_embed is not null) return _embed();
        ops.Reset();
        int[] all = [.. _ids!.SelectMany(prompt => prompt)];
        return decoder.Embed(ops, all, Rows);
    }

    /// <summary>A state with this number of slots for each prompt.</summary>
    public SequenceState State(int slots, int newTokens) => new(checked(Count * slots), Longest + newTokens);
}
