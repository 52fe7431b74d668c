using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Training.Data.Conversations;

/// <summary>Encodes conversations with a model's template and tokenizer; text never becomes a control token.</summary>
internal sealed class ConversationEncoder
{
    private readonly Func<int, int> _audioRows;

    /// <summary>Creates an encoder for a model.</summary>
    /// <param name="template">The chat template.</param>
    /// <param name="audioRows">Rows in the language model for a number of samples at 16 kHz; null: Qwen2-Audio's.</param>
    public ConversationEncoder(ChatTemplate template, BytePairTokenizer tokenizer, Func<int, int>? audioRows = null)
    {
        (Template, Tokenizer) = (template, tokenizer);
        _audioRows = audioRows ?? (samples => AudioLengths.AudioTokensOf(samples));
    }

    /// <summary>The chat template.</summary>
    public ChatTemplate Template { get; }

    /// <summary>The tokenizer.</summary>
    public BytePairTokenizer Tokenizer { get; }

    /// <summary>Number of rows of a clip in the language model.</summary>
    public int AudioRows(int samples) => _audioRows(samples);

    /// <summary>Encodes a conversation. The assistant's turns from <see cref="Conversation.FirstAnswer"/> on are learned, including their ends.</summary>
    /// <exception cref="ArgumentException">The template has no audio, or the tokenizer lacks the template's control tokens.</exception>
    /// <exception cref="UnknownTextException">A character's bytes are not in the vocabulary.</exception>
    public EncodedConversation Encode(Conversation conversation)
    {
        var (ids, isAnswer) = Template.RenderForTraining(conversation.Turns, conversation.FirstAnswer).EncodeAnswers(Tokenizer);
        return new EncodedConversation(ids, isAnswer, conversation.Clips.Count > 0 ? Tokenizer.ControlId(ControlNames.Audio) : -1);
    }
}
