using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>A Qwen2 or Qwen2-MoE language model that judges whole texts; it lies in the folder <see cref="FolderName"/> of a small model. One caller at a time.</summary>
internal sealed class NeuralLanguageModel : IDisposable
{
    /// <summary>Name of its folder.</summary>
    public const string FolderName = "language_model";

    private const string Boundary = "<|endoftext|>"; // before and after a text
    private readonly LoadedModel _model;
    private readonly InferenceOps _ops;
    private readonly BytePairTokenizer _tokenizer;
    private readonly Qwen2Decoder _decoder;
    private readonly int _boundary;

    private NeuralLanguageModel(LoadedModel model, InferenceOps ops, BytePairTokenizer tokenizer)
    {
        (_model, _ops, _tokenizer, _decoder, _boundary) = (model, ops, tokenizer, new Qwen2Decoder(model.Decoder), tokenizer.ControlId(Boundary));
    }

    /// <summary>Loads a folder. The caller keeps the operators.</summary>
    /// <exception cref="CheckpointException">Tensors are damaged, missing, misshaped or not finite.</exception>
    /// <exception cref="ConfigException">config.json is damaged, or of another kind of model.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer is missing or damaged, does not match the model, or lacks the token at a text's ends.</exception>
    public static NeuralLanguageModel Load(string folder, InferenceOps ops) => Ownership.Pass(ModelSource.Open(folder), source =>
    {
        source.Config.Build(config => config.String("model_type", ModelKinds.Qwen2, ModelKinds.Qwen2Moe));
        var tokenizer = TokenizerFiles.Load(source.Path, new TokenizerLoadOptions { EmbeddingRows = source.Description.Text!.VocabSize, PartialAlphabet = true });
        if (!tokenizer.ControlTokens.ContainsKey(Boundary))
            throw new TokenizerFileException(source.FileOf("added_tokens.json"), "$", $"no {Boundary}", $"a tokenizer with {Boundary}, which begins and ends a text");
        return Ownership.Pass(LoadedModel.Of(source, WeightStorage.Packed), model =>
        {
            model.CheckWeights();
            return new NeuralLanguageModel(model, ops, tokenizer);
        });
    });

    /// <summary>Text units.</summary>
    public BytePairTokenizer Tokenizer => _tokenizer;

    /// <summary>ln P of each text and its end, without the part that all of them begin with: that is computed once, and is the same for all.</summary>
    public double[] Score(IReadOnlyList<string> texts)
    {
        if (texts.Count == 0) return [];
        int[][] ids = [.. texts.Select(text => (int[])[_boundary, .. _tokenizer.Encode(text), _boundary])];
        var shared = ids.Min(text => text.Length) - 1;
        foreach (var text in ids) shared = Math.Min(shared, text.AsSpan().CommonPrefixLength(ids[0]));
        using var state = new SequenceState(1, ids.Max(text => text.Length));
        var session = new DecodingSession(_decoder, _ops, state);
        var next = session.Admit(ids[0].AsSpan(0, shared), Layout.Of(shared)).Row(0).ToArray();
        return ContinuationScores.Of(session, 0, next, [.. ids.Select(text => text[shared..])]);
    }

    public void Dispose() => _model.Dispose();
}
