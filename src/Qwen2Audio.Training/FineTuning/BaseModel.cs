using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.LanguageModel;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>A Qwen2, Qwen2-MoE or Qwen2-Audio folder to be fine-tuned: sizes, tokenizer, chat template, and mapped weights.</summary>
internal sealed class BaseModel : IDisposable
{
    private const int Piece = 1 << 22; // bytes read at once
    private static readonly DType[] Types = [DType.F32, DType.F16, DType.BF16];

    private BaseModel(ModelSource source, string? template)
    {
        Source = source;
        if (Description.Kind is not (ModelKinds.Qwen2 or ModelKinds.Qwen2Moe or ModelKinds.Qwen2Audio))
            throw new ConfigException(source.Config.File, "$.model_type", Description.Kind, $"{ModelKinds.Qwen2}, {ModelKinds.Qwen2Moe} or {ModelKinds.Qwen2Audio}: the kinds that can be fine-tuned");
        Warnings = ModelCheck.Require(source, Description.Tensors().Select(tensor => tensor with { Types = Types }));
        WeightScan.RequireFinite(source); // otherwise no step would have finite gradients
        Audio = Description.Kind == ModelKinds.Qwen2Audio ? ModelConfigReader.ReadQwen2Audio(source.Config) : null;
        Text = Description.Text ?? throw new InvalidOperationException($"{Description.Kind} has no language model.");
        Tokenizer = source.ReadTokenizer();
        Template = template is null ? source.ReadTemplate(Audio is not null) : ChatTemplate.Named(template);
        if (Audio is not null) ModelCheck.RequirePlaceholder(source, Audio, Tokenizer);
    }

    /// <summary>Configuration and weights.</summary>
    public ModelSource Source { get; }

    /// <summary>Kind and sizes.</summary>
    public ModelDescription Description => Source.Description;

    /// <summary>Warnings from opening: settings without effect, an unused output head.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Sizes of the language model.</summary>
    public Qwen2Config Text { get; }

    /// <summary>Sizes of a Qwen2-Audio model; null for others.</summary>
    public Qwen2AudioConfig? Audio { get; }

    /// <summary>The tokenizer.</summary>
    public BytePairTokenizer Tokenizer { get; }

    /// <summary>The chat template.</summary>
    public ChatTemplate Template { get; }

    /// <summary>Maximum length of a clip, in seconds.</summary>
    public double WindowSeconds => Audio is null ? 0 : Audio.AudioConfig.MaxSourcePositions * 2 / 100.0;

    /// <summary>Encodes conversations as tokens.</summary>
    internal ConversationEncoder Encoder => new(Template, Tokenizer);

    /// <summary>Opens a model by its path.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="template">Name of the chat template; null: the model's.</param>
    /// <exception cref="CheckpointException">The folder does not exist, or weights are damaged, missing, or of the wrong shape or type.</exception>
    /// <exception cref="ConfigException">config.json is damaged, or the kind of model cannot be fine-tuned.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer is missing or does not fit the model, or the chat template is unknown.</exception>
    public static BaseModel Open(string path, string? template = null) => Of(ModelSource.Open(path), template);

    /// <summary>Loads from a source and takes ownership of it, even when loading fails. Otherwise like <see cref="Open"/>.</summary>
    public static BaseModel Of(ModelSource source, string? template = null) => Ownership.Pass(source, _ => new BaseModel(source, template));

    /// <summary>Builds the model with these weights.</summary>
    internal ILanguageModel Build(IWeights weights) => Audio is null ? new Qwen2LanguageModel(new Qwen2Model(Text, weights))
        : new Qwen2AudioLanguageModel(new Qwen2AudioModel(Audio, weights));

    /// <summary>A hash of the configuration and of all tensors: names, shapes, types, bytes.</summary>
    public string Identity() => $"{Description.Kind}, {Description.Parameters} parameters, " + ContentHash.Of(sum =>
    {
        var piece = new byte[Piece];
        sum.AppendData(Encoding.UTF8.GetBytes(Source.Config.Element.GetRawText()));
        foreach (var tensor in Source.Tensors.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            sum.AppendData(Encoding.UTF8.GetBytes($"{tensor.Name} {tensor.DType.Name()} {string.Join('x', tensor.Shape)}\n"));
            for (long at = 0; at < tensor.ByteLength; at += piece.Length)
            {
                var bytes = piece.AsSpan(0, (int)Math.Min(piece.Length, tensor.ByteLength - at));
                Source.ReadBytes(tensor.Name, bytes, at);
                sum.AppendData(bytes);
            }
        }
    });

    /// <summary>A hash of the tokenizer.</summary>
    public string TokenizerIdentity() => $"{Tokenizer.Size} tokens, " + ContentHash.OfLines(
        TokenizerFiles.Texts(Tokenizer).OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => file.Value));

    public void Dispose() => Source.Dispose();
}
