using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Training.Data.Conversations;

/// <summary>Conversations as tokens, by a model's template and tokenizer: text never becomes a control token.</summary>
internal sealed class ConversationEncoder
{
    private readonly Func<int, int> _audioRows;

    /// <summary>An encoder for a model.</summary>
    /// <param name="template">How the model's family writes conversations.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="audioRows">Samples at 16 kHz → rows in the language model; Qwen2-Audio's when null.</param>
    public ConversationEncoder(ChatTemplate template, BytePairTokenizer tokenizer, Func<int, int>? audioRows = null)
    {
        (Template, Tokenizer) = (template, tokenizer);
        _audioRows = audioRows ?? (samples => AudioLengths.AudioTokensOf(samples));
    }

    /// <summary>How conversations are written.</summary>
    public ChatTemplate Template { get; }

    /// <summary>Text → ids.</summary>
    public BytePairTokenizer Tokenizer { get; }

    /// <summary>Rows that a clip becomes in the language model.</summary>
    public int AudioRows(int samples) => _audioRows(samples);

    /// <summary>The tokens of a conversation; learned are the assistant's turns from <see cref="Conversation.FirstAnswer"/> on and their ends.</summary>
    /// <exception cref="ArgumentException">The template has no place for audio, or the tokenizer has not the template's control tokens.</exception>
    /// <exception cref="UnknownTextException">A character's bytes are not in the vocabulary.</exception>
    public EncodedConversation Encode(Conversation conversation)
    {
        var (ids, isAnswer) = Template.WriteAnswers(conversation.Turns, conversation.FirstAnswer).EncodeAnswers(Tokenizer);
        return new EncodedConversation(ids, isAnswer, conversation.Clips.Count > 0 ? Tokenizer.ControlId(ControlNames.Audio) : -1);
    }
}
