using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Tasks.Generation;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Chat;

/// <summary>
/// A published Qwen2, Qwen2-MoE or Qwen2-Audio model: answers conversations, with clips if it takes audio, and scores given
/// answers. Weights stay mapped in their stored type. Several threads may call it at the same time: calls take turns, and a short
/// one does not wait for a long one. Dispose waits for running calls; later ones are rejected.
/// </summary>
public sealed partial class ChatModel : IDisposable
{
    private readonly ModelParts<LoadedModel> _parts;
    private readonly Qwen2Decoder _decoder;
    private readonly TextGenerator _generator;
    private readonly AudioRows? _audio;

    private ChatModel(ModelParts<LoadedModel> parts, string? adapter, ChatTemplate? template)
    {
        var (source, model) = (parts.Model.Source, parts.Model);
        (_parts, Path) = (parts, source.Path);
        Tokenizer = source.ReadTokenizer();
        Template = template ?? source.ReadTemplate(acceptsAudio: model.Audio is not null);
        Generation = ChatModelReader.Generation(source, Decoder.Config.VocabSize, adapter);
        ChatModelReader.Check(source, Decoder.Config.VocabSize, model.Audio?.Config, Tokenizer, Generation);
        _decoder = new Qwen2Decoder(Decoder);
        _generator = new TextGenerator(_decoder, parts.Ops, Tokenizer);
        if (model.Audio is { } audio) _audio = new AudioRows(audio, parts.Ops);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The model_type of config.json.</summary>
    public string Kind => _parts.Model.Kind;

    /// <summary>Warnings from loading: settings without effect, an unused output head, an adapter made for another model.</summary>
    public IReadOnlyList<TaskWarning> Warnings =>
        [.. _parts.Warnings, .. Generation.Warnings.Select(text => new TaskWarning("model", $"{GenerationConfigReader.FileName}: {text}."))];

    /// <summary>Whether turns may contain clips.</summary>
    public bool AcceptsAudio => _audio is not null && Template.AcceptsAudio;

    /// <summary>Maximum rows of a conversation and its answer together.</summary>
    public int ContextLength => Decoder.Config.MaxPositionEmbeddings;

    /// <summary>The tokenizer.</summary>
    public BytePairTokenizer Tokenizer { get; }

    /// <summary>The chat template.</summary>
    public ChatTemplate Template { get; }

    /// <summary>Called while a long conversation is read, with the rows decoded so far and the total, on the computing thread.</summary>
    public Action<int, int>? OnPromptPart
    {
        get => _parts.Ops.OnPromptPart;
        set => _parts.Ops.OnPromptPart = value;
    }

    /// <summary>The settings of generation_config.json, with defaults; eos_token_id may come from config.json.</summary>
    public GenerationConfig Generation { get; }

    /// <summary>Maximum length clip in seconds in seconds; 0 for a model without audio.</summary>
    public double WindowSeconds => _audio?.WindowSeconds ?? 0;

    /// <summary>Number of clips encoded so far.</summary>
    internal int ClipsEncoded => _audio?.Encoded ?? 0;

    private Qwen2Model Decoder => _parts.Model.Decoder;

    /// <summary>Loads a folder: config.json, weights, tokenizer, chat template and generation_config.json.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="options">How it is loaded.</param>
    /// <param name="template">The chat template; null: the folder's.</param>
    /// <exception cref="CheckpointException">The folder does not exist, or weights are damaged, missing or of the wrong shape.</exception>
    /// <exception cref="ConfigException">A configuration file is missing or uses unsupported settings.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer is missing, does not match the model or lacks control tokens, or the chat template is unknown.</exception>
    /// <exception cref="NotSupportedException">The model is of a kind that does not chat.</exception>
    public static ChatModel Load(string path, ModelLoadOptions? options = null, ChatTemplate? template = null) => Of(ModelSource.Open(path), options, template);

    /// <summary>Loads from a source and takes ownership of it, even when loading fails.</summary>
    internal static ChatModel Of(ModelSource source, ModelLoadOptions? options = null, ChatTemplate? template = null) => Ownership.Pass(source, _ =>
    {
        if (source.Kind is var kind and not (ModelKinds.Qwen2 or ModelKinds.Qwen2Moe or ModelKinds.Qwen2Audio))
            throw new NotSupportedException($"{source.Path}: model_type \"{kind}\" does not chat; {ModelKinds.Qwen2}, {ModelKinds.Qwen2Moe} and {ModelKinds.Qwen2Audio} do.");
        var chosen = options ?? new ModelLoadOptions();
        return Ownership.Pass(new ModelParts<LoadedModel>(LoadedModel.Of(source), chosen), parts => new ChatModel(parts, chosen.Adapter, template));
    });

    /// <summary>Starts an answer that is streamed.</summary>
    /// <param name="turns">The conversation; its last turn is answered.</param>
    /// <param name="clips">The clips, in the order of their placeholders (<see cref="AudioPart"/>); a <see cref="ClipPart"/> has its own clip.</param>
    /// <param name="options">How the answer is generated; by default the folder's settings.</param>
    /// <param name="cancellation">While clips are encoded, ends between two layers with an exception; for the answer itself see <see cref="ChatRun.Read"/>.</param>
    /// <exception cref="ArgumentException">The number of clips differs from the number of placeholders.</exception>
    /// <exception cref="OptionException">The options are out of range or use beam search, which cannot stream.</exception>
    /// <exception cref="ContextLengthException">The conversation leaves no room for the answer.</exception>
    /// <exception cref="ClipLengthException">A clip is longer than the encoder's window.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed of.</exception>
    public ChatRun Start(IReadOnlyList<ChatTurn> turns, IReadOnlyList<AudioClip>? clips = null, AnswerOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(turns);
        return Gate.Run(Beginning(turns, clips, options, cancellation), cancellation);
    }

    /// <summary>Asynchronous form; waiting for other callers blocks no thread.</summary>
    /// <inheritdoc cref="Start(IReadOnlyList{ChatTurn}, IReadOnlyList{AudioClip}?, AnswerOptions?, CancellationToken)"/>
    public async Task<ChatRun> StartAsync(IReadOnlyList<ChatTurn> turns, IReadOnlyList<AudioClip>? clips = null, AnswerOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(turns);
        return await Gate.RunAsync(Beginning(turns, clips, options, cancellation), cancellation).ConfigureAwait(false);
    }

    /// <summary>The whole answer to a conversation; the only form that supports beam search.</summary>
    /// <inheritdoc cref="Start(IReadOnlyList{ChatTurn}, IReadOnlyList{AudioClip}?, AnswerOptions?, CancellationToken)"/>
    public ChatReply Reply(IReadOnlyList<ChatTurn> turns, IReadOnlyList<AudioClip>? clips = null, AnswerOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(turns);
        if (options?.Beams > 1) return ReplyToEach([new ChatConversation(turns, clips ?? [])], options, cancellation)[0];
        using var run = Start(turns, clips, options, cancellation);
        return run.Finish(cancellation);
    }

    /// <summary>The whole answer to a conversation; waiting for other callers blocks no thread.</summary>
    /// <inheritdoc cref="Start(IReadOnlyList{ChatTurn}, IReadOnlyList{AudioClip}?, AnswerOptions?, CancellationToken)"/>
    public async Task<ChatReply> ReplyAsync(IReadOnlyList<ChatTurn> turns, IReadOnlyList<AudioClip>? clips = null, AnswerOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(turns);
        if (options?.Beams > 1) return (await ReplyToEachAsync([new ChatConversation(turns, clips ?? [])], options, cancellation).ConfigureAwait(false))[0];
        using var run = await StartAsync(turns, clips, options, cancellation).ConfigureAwait(false);
        return await run.FinishAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Starts to continue a prompt of ids in which each audio placeholder stands for one clip.</summary>
    internal Task<ChatRun> StartAsync(int[] prompt, IReadOnlyList<AudioClip> clips, AnswerOptions options, CancellationToken cancellation) =>
        Gate.RunAsync(Beginning(prompt, clips, options, answered: 0, cancellation), cancellation);

    private Func<ChatRun> Beginning(IReadOnlyList<ChatTurn> turns, IReadOnlyList<AudioClip>? clips, AnswerOptions? options, CancellationToken cancellation) =>
        Beginning(Template.Render(turns).Encode(Tokenizer), ClipPart.Clips(turns, clips), options ?? new AnswerOptions(), ClipPart.CountAnswered(turns), cancellation);

    private Func<ChatRun> Beginning(int[] prompt, IReadOnlyList<AudioClip> clips, AnswerOptions options, int answered, CancellationToken cancellation)
    {
        if (options.Beams > 1) throw new OptionException($"Beams is {options.Beams}; allowed: 1 when text is streamed.");
        return () =>
        {
            var question = Ask(prompt, clips, options, answered, cancellation);
            var generation = options.ToGeneration(Generation, question.MaxNewTokens, EndTokens());
            // the rows are embedded with the first token: until then, and between two tokens, others may compute
            var run = _generator.Start(() => Embed(question.Ids, question.Audio), Layout.Of(question.Ids.Length), [question.Ids], generation);
            return new ChatRun(run, this, question);
        };
    }

    /// <summary>End tokens of an answer: those of generation_config.json or config.json, otherwise the ends of turn and text.</summary>
    internal IReadOnlyList<int> EndTokens() => Generation.EndTokens.Count > 0 ? Generation.EndTokens
        : [.. new[] { ControlNames.TurnEnd, ControlNames.EndOfText }.Where(Tokenizer.ControlTokens.ContainsKey).Select(Tokenizer.ControlId)];

    public void Dispose() => _parts.Close();

    /// <summary>Lets callers take turns.</summary>
    internal ModelGate Gate => _parts.Gate;

    /// <summary>A prompt with its clips, and how many tokens may follow.</summary>
    /// <exception cref="ContextLengthException">The conversation leaves no room for the answer.</exception>
    private ChatRequest Ask(int[] prompt, IReadOnlyList<AudioClip> clips, AnswerOptions options, int answered, CancellationToken cancellation)
    {
        var warnings = new List<TaskWarning>();
        if (Generation.NumBeams > 1 && options.Beams is null)
            warnings.Add(new TaskWarning("no-beams", $"generation_config.json asks for {Generation.NumBeams} beams; the answer is decoded without them, since streamed text cannot use beams."));
        if (options.MaxNewTokens < 1) throw new OptionException($"MaxNewTokens is {options.MaxNewTokens}; allowed: 1 or more.");
        var (ids, audio) = Expand(prompt, clips, warnings, answered, cancellation);
        var (most, limit) = options.MaxNewTokens is { } asked ? (asked, "that is the requested maximum") : ChatModelReader.NewTokens(Generation, ids.Length, ContextLength);
        if (most < 1 || ids.Length + (long)most > ContextLength) throw new ContextLengthException(ids.Length, Math.Max(1, most), ContextLength);
        return new ChatRequest(ids, audio, most, limit, warnings);
    }

    /// <summary>The ids of a prompt, with one placeholder for each audio row, and the audio rows.</summary>
    private (int[] Ids, float[] Audio) Expand(int[] prompt, IReadOnlyList<AudioClip> clips, List<TaskWarning> warnings, int answered, CancellationToken cancellation)
    {
        if (_audio is null)
            return clips.Count == 0 ? (prompt, []) : throw new ArgumentException($"{Path}: a {Kind} model does not take audio, and {clips.Count} clips were given; {ModelKinds.Qwen2Audio} does.", nameof(clips));
        var (rows, counts) = _audio.Of(clips, answered, warnings, cancellation);
        return (AudioPlaceholders.Of(Tokenizer).Expand(prompt, counts), rows);
    }

    /// <summary>Embeds ids, with audio rows in place of the placeholders.</summary>
    private Matrix Embed(int[] ids, float[] audio)
    {
        _parts.Ops.Reset();
        if (_parts.Model.Audio is not { } model) return Decoder.Embed(_parts.Ops, ids);
        var width = Decoder.Config.HiddenSize;
        return model.Embed(_parts.Ops, ids, _parts.Ops.Input(audio, audio.Length / width, width), audio.Length / width);
    }
}
