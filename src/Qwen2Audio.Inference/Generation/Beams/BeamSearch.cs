using System.Runtime.InteropServices;
using Qwen2Audio.Inference.Generation.Processors;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Generation.Beams;

/// <summary>
/// Beam search as in transformers' generate (4.50 and newer): sums the log softmax after the logits processors, keeps the best
/// max(2, 1 + end tokens) × beams candidates of each step, and compares finished beams by sum / length ^ penalty. The prompts of
/// a batch end independently, and each gives the result that it gives alone.
/// </summary>
internal static class BeamSearch
{
    public static GeneratedSequence[] Run(
        IDecoder decoder, InferenceOps ops, Prompts prompts, GenerationOptions options, CancellationToken cancellation)
    {
        if (options.MaxNewTokens == 0 || prompts.Count == 0)
            return [.. Enumerable.Range(0, prompts.Count).Select(_ => new GeneratedSequence([], [], null, 0, FinishReason.Length, 0))];
        var scores = new UnnormalisedBeamScores(new LogitsProcessors(options));
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
            // cancelled during a pass: the beams stay as they were after the previous step
        }
        finally
        {
            ops.Cancellation = outer;
        }

        return [.. all.Select(beams => beams.Result(cancellation.IsCancellationRequested))];
    }

    /// <summary>
    /// Searches from the session's sequences, one for each prompt, given their logits, until all have ended or the search is
    /// cancelled.
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
