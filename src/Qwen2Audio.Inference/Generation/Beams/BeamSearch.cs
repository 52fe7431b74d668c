using System.Runtime.InteropServices;
using Qwen2Audio.Inference.Generation.Rules;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Generation.Beams;

/// <summary>
/// Beam search as transformers' generate does it (4.50 and newer): sums of the log softmax after the rules, the best
/// (1 + end tokens, at least 2) × beams candidates of each step, finished beams compared by their sum over length ^ penalty. Each
/// prompt of a batch ends on its own and gives what it gives alone.
/// </summary>
internal static class BeamSearch
{
    public static GeneratedSequence[] Run(
        IDecoder decoder, InferenceOps ops, Prompts prompts, GenerationOptions options, CancellationToken cancellation)
    {
        if (options.MaxNewTokens == 0 || prompts.Count == 0)
            return [.. Enumerable.Range(0, prompts.Count).Select(_ => new GeneratedSequence([], [], null, 0, EndReason.Length, 0))];
        var scores = new RuledScores(new LogitsRules(options));
        var all = new PromptBeams[prompts.Count];
        for (var i = 0; i < all.Length; i++) all[i] = new PromptBeams(i, prompts.Ids(i), options, scores);
        var outer = ops.Cancellation;
        ops.Cancellation = cancellation;
        try
        {
            if (!cancellation.IsCancellationRequested)
            {
                using var cache = prompts.State(options.Beams, options.MaxNewTokens);
                var session = new DecodingSession(decoder, ops, cache);
                Search(session, session.Admit(prompts.Embed(decoder, ops), prompts.Rows), all, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // within a pass: the beams stay as the step before left them
        }
        finally
        {
            ops.Cancellation = outer;
        }

        return [.. all.Select(beams => beams.Result(cancellation.IsCancellationRequested))];
    }

    /// <summary>
    /// Follows the beams of the prompts that are the session's sequences, whose logits are given, until all have ended or cancellation is
    /// asked for.
    /// </summary>
    public static void Search(DecodingSession session, Matrix logits, PromptBeams[] all, CancellationToken cancellation)
    {
        List<int> parents = [];
        List<int> tokens = [];
        while (true)
        {
            parents.Clear();
            tokens.Clear();
            foreach (var beams in all)
            {
                if (beams.Running.Count == 0) continue;
                beams.Advance(logits);
                var first = parents.Count;
                foreach (var beam in beams.Running)
                {
                    parents.Add(beam.Sequence);
                    tokens.Add(beam.Ids[^1]);
                }

                beams.Renumber(first);
            }

            if (parents.Count == 0 || cancellation.IsCancellationRequested) return;
            session.Fork(CollectionsMarshal.AsSpan(parents));
            logits = session.Step(CollectionsMarshal.AsSpan(tokens));
        }
    }
}
