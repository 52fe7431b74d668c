using Qwen2Audio.Inference.Generation.Beams;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Generation;

/// <summary>
/// Continues prompts token by token, as <see cref="GenerationOptions"/> say: greedily, by sampling, with beams, or with another
/// <see cref="ITokenChooser"/>. Prompts of different lengths are decoded as one batch; each gives what it gives alone.
/// </summary>
/// <remarks>
/// A cancelled call ends between two tokens and returns what was made, marked <see cref="EndReason.Cancelled"/>. Options that are out
/// of range, empty prompts, and options that need the ids of prompts that came as rows only, are <see cref="ArgumentException"/>s.
/// </remarks>
public sealed class TokenGenerator
{
    private readonly IDecoder _decoder;
    private readonly InferenceOps _ops;

    /// <summary>Generates with <paramref name="decoder"/>; the operators stay the caller's.</summary>
    public TokenGenerator(IDecoder decoder, InferenceOps ops)
    {
        _decoder = decoder;
        _ops = ops;
    }

    /// <summary>Continues prompts of token ids.</summary>
    public IReadOnlyList<GeneratedSequence> Generate(
        IReadOnlyList<int[]> prompts, GenerationOptions options, ITokenChooser? chooser = null, CancellationToken cancellation = default) =>
        Generate(Prompts.Of(prompts), options, chooser, cancellation);

    /// <summary>
    /// Continues prompts that are rows of the decoder's width already (with audio in them), laid out by <paramref name="rows"/>:
    /// sequence i in slot i, from position 0. The rows are lost. <paramref name="ids"/> are the ids that the rows stand for, for
    /// options that look at what was there before.
    /// </summary>
    public IReadOnlyList<GeneratedSequence> Generate(
        Matrix x, Layout rows, GenerationOptions options, IReadOnlyList<int[]>? ids = null, ITokenChooser? chooser = null,
        CancellationToken cancellation = default) => Generate(Prompts.Of(x, rows, ids), options, chooser, cancellation);

    /// <summary>Prompts of token ids, to be continued step by step.</summary>
    public GenerationRun Start(IReadOnlyList<int[]> prompts, GenerationOptions options, ITokenChooser? chooser = null) =>
        new(_decoder, _ops, Prompts.Of(prompts), options, chooser);

    /// <summary>Prompts that are rows already, to be continued step by step. The rows must stay valid until the first step.</summary>
    public GenerationRun Start(
        Matrix x, Layout rows, GenerationOptions options, IReadOnlyList<int[]>? ids = null, ITokenChooser? chooser = null) =>
        new(_decoder, _ops, Prompts.Of(x, rows, ids), options, chooser);

    /// <summary>Prompts whose rows are made at the first step, until which others may use the operators.</summary>
    public GenerationRun Start(
        Func<Matrix> embed, Layout rows, GenerationOptions options, IReadOnlyList<int[]>? ids = null, ITokenChooser? chooser = null) =>
        new(_decoder, _ops, Prompts.Of(embed, rows, ids), options, chooser);

    /// <summary>
    /// A run without prompts, to which they are added as they come (<see cref="GenerationRun.Add"/>): up to <paramref name="slots"/> sequences
    /// at the same time, each of up to <paramref name="capacity"/> rows, new tokens included.
    /// </summary>
    public GenerationRun Open(int slots, int capacity, GenerationOptions options, ITokenChooser? chooser = null) =>
        new(_decoder, _ops, slots, capacity, options, chooser);

    /// <summary>The tokens of prompts of token ids as they come, end tokens among them, until all have ended or cancellation is asked for.</summary>
    public IEnumerable<GeneratedToken> Stream(
        IReadOnlyList<int[]> prompts, GenerationOptions options, ITokenChooser? chooser = null, CancellationToken cancellation = default) =>
        Read(Start(prompts, options, chooser), cancellation);

    private static IEnumerable<GeneratedToken> Read(GenerationRun run, CancellationToken cancellation)
    {
        using (run)
        {
            while (run.Next(cancellation))
                for (var i = 0; i < run.Tokens.Length; i++) yield return run.Tokens[i];
        }
    }

    private IReadOnlyList<GeneratedSequence> Generate(
        Prompts prompts, GenerationOptions options, ITokenChooser? chooser, CancellationToken cancellation)
    {
        if (options.Beams > 1)
        {
            prompts.Check(options, _decoder.Shape.Vocabulary);
            if (chooser is not null) throw new ArgumentException("Beams choose by themselves; no chooser can be given.", nameof(chooser));
            return BeamSearch.Run(_decoder, _ops, prompts, options, cancellation);
        }

        using var run = new GenerationRun(_decoder, _ops, prompts, options, chooser);
        while (run.Next(cancellation)) { }
        return run.Results;
    }
}
