using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Model;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Qwen2-Audio in training agrees with the reference from waveforms to logits: fixtures/qwen2-audio*.</summary>
public sealed class Qwen2AudioLanguageModelReferenceTests
{
    private const double Tolerance = 2e-4;

    public static TheoryData<string> Folders() => RecordedRun.Folders("qwen2-audio", "expected.safetensors");

    [Theory]
    [MemberData(nameof(Folders))]
    public void Logits_of_waveforms_are_the_references(string folder)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("qwen2-audio"));
        using var recorded = SafetensorsFile.Open(Fixtures.Locate(folder, "expected.safetensors"));
        Assert.SkipUnless(recorded.Tensors.ContainsKey("waveform.0"), "no waveforms are recorded");
        using var checkpoint = CheckpointFolder.Open(Fixtures.Locate(folder));
        using var pool = new WorkerPool(2);
        using var ops = new TrainingOps(pool);
        using var parameters = new ParameterSet();
        var config = ModelConfigReader.ReadQwen2Audio(checkpoint.Config);
        var model = new Qwen2AudioLanguageModel(new Qwen2AudioModel(config, parameters.Weights));
        parameters.Freeze();
        parameters.Allocate(DecayGroups.All, checkpoint);

        var (ids, mask, logits) = (recorded.ReadInt64s("input_ids"), recorded.ReadInt64s("attention_mask"), recorded.ReadFloats("logits"));
        var shape = recorded.Tensors["logits"].Shape;
        var (sequences, positions, classes) = ((int)shape[0], (int)shape[1], (int)shape[2]);
        var documents = new List<TokenDocument>();
        var expected = new List<float[]>();
        for (var s = 0; s < sequences; s++)
        {
            var places = Enumerable.Range(s * positions, positions).Where(place => mask[place] != 0).ToList();
            int[] tokens = [.. places.Select(place => (int)ids[place])];
            documents.Add(new TokenDocument(tokens, tokens)
            {
                Clips = [recorded.ReadFloats($"waveform.{s}")],
                ClipRows = [tokens.Count(token => token == config.AudioTokenIndex)],
            });
            expected.AddRange(places.SkipLast(1).Select(place => logits.AsSpan(place * classes, classes).ToArray()));
        }

        Same(documents, expected);
        // a clip that two documents have is encoded once
        Same([.. documents, documents[0]], [.. expected, .. expected.Take(documents[0].Ids.Length - 1)]);

        void Same(List<TokenDocument> batch, List<float[]> wanted)
        {
            ops.Begin();
            var found = model.LabelLogits(ops, TokenBatch.Pack(batch)).Value;
            Assert.Equal((wanted.Count, classes), (found.Rows, found.Columns));
            float[] all = [.. wanted.SelectMany(row => row)];
            Numbers.Near("logits", all, found.Span, Tolerance);
        }
    }
}
