using System.CommandLine;
using System.Globalization;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Cli.Output;
using Qwen2Audio.Formats;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Qwen2;

namespace Qwen2Audio.Cli.Commands;

/// <summary>info DIR</summary>
internal static class InfoCommand
{
    private const int CacheTokens = 1024;

    public static Command Create()
    {
        var folder = new Argument<string?>("DIR") { Description = "Folder of a model; the shipped one by default.", Arity = ArgumentArity.ZeroOrOne };
        var json = CommonOptions.Json();
        var command = new Command("info",
            """
            Says what a checkpoint is, its sizes, and the memory that it needs, without loading its weights.

            Example:
              qwen2audio info models/default
            """)
        {
            folder, json,
        };
        command.SetAction(parsed =>
        {
            using var checkpoint = CheckpointFolder.Open(CommonOptions.ModelFolder(parsed.GetValue(folder)));
            var facts = Facts(checkpoint);
            if (parsed.GetValue(json)) JsonOutput.WriteLine(facts.Where(fact => fact.Key.Length > 0).ToDictionary(fact => fact.Key, fact => fact.Value));
            else Show(facts);
            return ExitCodes.Success;
        });
        return command;
    }

    private static List<(string Key, string Name, object? Value, string Text)> Facts(CheckpointFolder checkpoint)
    {
        var kind = checkpoint.Config.StringOr("model_type", "");
        if (!ModelKinds.All.Contains(kind))
            checkpoint.Config.Refuse("model_type", kind.Length == 0 ? "nothing" : kind, string.Join(", ", ModelKinds.All));
        checkpoint.Config.ThrowIfBad();
        var audio = kind is ModelKinds.Qwen2Audio or ModelKinds.Qwen2AudioCtc ? ModelConfigReader.ReadQwen2Audio(checkpoint.Config) : null;
        var text = audio?.TextConfig ?? ModelConfigReader.ReadQwen2(checkpoint.Config);
        var parameters = checkpoint.Tensors.Values.Sum(tensor => tensor.Shape.Aggregate(1L, (product, axis) => product * axis));
        var bytes = checkpoint.Tensors.Values.Sum(tensor => tensor.ByteLength);
        var types = string.Join(", ", checkpoint.Tensors.Values.Select(tensor => tensor.DType.ToString()).Distinct().Order(StringComparer.Ordinal));
        var weights = parameters * sizeof(float);
        var cache = 2L * text.NumHiddenLayers * text.NumKeyValueHeads * text.HeadDim * CacheTokens * sizeof(float);
        List<(string, string, object?, string)> facts =
        [
            ("folder", "folder", checkpoint.Path, checkpoint.Path),
            ("model_type", "model type", kind, kind),
            ("parameters", "parameters", parameters, $"{parameters:N0}"),
            ("tensors", "tensors", checkpoint.Tensors.Count, $"{checkpoint.Tensors.Count} ({types}), {Size(bytes)} in {checkpoint.Files.Count} file(s)"),
            ("dtype", "", types, ""),
            ("disk_bytes", "", checkpoint.Files.Sum(file => new FileInfo(file.Path).Length), ""),
            ("weight_bytes", "weights in memory", weights, $"{Size(weights)} (float32)"),
            ("cache_bytes_1024_tokens", "key/value cache", cache, $"{Size(cache)} a sequence of {CacheTokens} tokens"),
            ("decoder", "decoder", Describe(text), Describe(text)),
        ];
        if (audio is not null) facts.Add(("encoder", "audio encoder", Describe(audio), Describe(audio)));
        if (kind == ModelKinds.Qwen2AudioCtc) facts.Add(("decoding", "text is chosen", Decoding(checkpoint.Path), Decoding(checkpoint.Path)));
        if (LabelSets(checkpoint) is { Count: > 0 } sets)
        {
            facts.Add(("label_sets", "labels", sets, "what classify chooses from:"));
            facts.AddRange(sets.Select(set => ("", "  " + set.Key, (object?)null, string.Join(", ", set.Value))));
        }

        var unread = checkpoint.Config.Unread.Where(path => !path.StartsWith("$.label_sets", StringComparison.Ordinal)).ToList();
        facts.Add(("fields_not_used", "fields not used", unread, unread.Count == 0 ? "none" : string.Join(", ", unread)));
        return facts;
    }

    private static SortedDictionary<string, IReadOnlyList<string>> LabelSets(CheckpointFolder checkpoint)
    {
        var sets = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (checkpoint.Config.ObjectOrNull("label_sets") is { } given)
            foreach (var name in given.Names) sets[name] = given.StringListOr(name, []);
        return sets;
    }

    private static string Describe(Qwen2Config text)
    {
        var feedForward = text.Moe is { } moe
            ? $"{moe.NumExperts} experts of {moe.MoeIntermediateSize}, {moe.NumExpertsPerTok} active, shared expert {moe.SharedExpertIntermediateSize}"
            : $"feed-forward {text.IntermediateSize}";
        return $"{text.NumHiddenLayers} layers × {text.HiddenSize}, {text.NumAttentionHeads} query and {text.NumKeyValueHeads} key/value heads, "
            + $"{feedForward}, vocabulary {text.VocabSize}, context {text.MaxPositionEmbeddings}";
    }

    private static string Describe(Qwen2AudioConfig config)
    {
        var audio = config.AudioConfig;
        return $"{audio.EncoderLayers} layers × {audio.DModel}, {audio.EncoderAttentionHeads} heads, feed-forward {audio.EncoderFfnDim}, {audio.NumMelBins} mel bins"
            + (audio.TimeKernelSize > 0 ? $", time convolution of {audio.TimeKernelSize} taps" : "")
            + (audio.CtcVocabSize > 0 ? $", CTC over {audio.CtcVocabSize} classes" : "");
    }

    private static string Decoding(string folder)
    {
        var generation = ConfigObject.Open(Path.Combine(folder, "generation_config.json"));
        var (beam, weight) = (generation.IntOr("ctc_beam", 8, min: 1), generation.NumberOr("ctc_weight", 0.7, 0, 1));
        return string.Create(CultureInfo.InvariantCulture,
            $"from {beam} candidates of the CTC beam search, by {weight:0.##} · CTC + {1 - weight:0.##} · decoder log probability");
    }

    private static void Show(List<(string Key, string Name, object? Value, string Text)> facts)
    {
        TextTable.Write([], facts.Where(fact => fact.Text.Length > 0).Select(fact => new[] { fact.Name, fact.Text }));
    }

    private static string Size(long bytes) => bytes switch
    {
        < 1 << 20 => $"{bytes / 1024.0:0.0} KiB",
        < 1L << 30 => $"{bytes / 1048576.0:0.0} MiB",
        _ => $"{bytes / 1073741824.0:0.00} GiB",
    };
}
