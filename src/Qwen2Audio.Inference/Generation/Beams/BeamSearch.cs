using Qwen2Audio.Inference.Beams;
using Qwen2Audio.Inference.Rules;
using Qwen2Audio.Model.Qwen2;

namespace Qwen2Audio.Inference;

/// <summary>
/// Beam search as transformers' generate does it (4.50 and newer): sums of the log softmax after the rules, the best
/// (1 + end tokens, at least 2) × beams candidates of each step, finished beams compared by their sum over length ^ penalty. Each
/// prompt of a batch ends on its own and gives what it gives alone.
/// </summary>
internal static class BeamSearch
{
    public static GeneratedSequence[] Run(
        Qwen2Model model, InferenceOps ops, Prompts prompts, GenerationOptions options, CancellationToken cancellation)
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
            if (!cancellation.IsCancellationRequested) Search(model, ops, prompts, options, all, cancellation);
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

    private static void Search(
        Qwen2Model model, InferenceOps ops, Prompts prompts, GenerationOptions options, PromptBeams[] all, CancellationToken cancellation)
    {
        using var cache = prompts.Cache(model, options.Beams, options.MaxNewTokens);
        var session = new DecodingSession(model, ops, cache);
        var logits = session.Prefill(prompts.Embed(model, ops), prompts.Rows);
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
            session.Fork(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(parents));
            logits = session.Step(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens));
        }
    }
}
