import { describe, expect, it } from 'vitest';
import { Refused } from './kube-error.ts';

const status = (code: number, reason: string, message = 'why') => ({
  kind: 'Status',
  code,
  reason,
  message,
});

describe('an answer of the API server', () => {
  it.each([
    [409, 'Conflict', 'CONFLICT'],
    [409, 'AlreadyExists', 'ALREADY_EXISTS'],
    [404, 'NotFound', 'NOT_FOUND'],
    [422, 'Invalid', 'INVALID'],
    [400, 'BadRequest', 'INVALID'],
    [403, 'Forbidden', 'FORBIDDEN'],
    [401, 'Unauthorized', 'FORBIDDEN'],
    [410, 'Expired', 'GONE'],
    [503, 'ServiceUnavailable', 'UNREACHABLE'],
    [504, 'Timeout', 'UNREACHABLE'],
    [429, 'TooManyRequests', 'OTHER'],
    [500, 'InternalError', 'OTHER'],
  ])('%i %s is %s', (code, reason, want) => {
    const error = new Refused('apply Secret a/b', code, status(code, reason));
    expect(error).toMatchObject({ code: want, status: code, reason });
  });

  it('that speaks of the uid is a conflict', () => {
    const body = { ...status(422, 'Invalid'), details: { causes: [{ field: 'metadata.uid' }] } };
    expect(new Refused('apply Secret a/b', 422, body)).toMatchObject({ code: 'CONFLICT' });
  });

  it('says in one line what was tried and what was answered', () => {
    const body = status(422, 'Invalid', 'spec.x: Invalid value:\n\t"y": must be z');
    expect(new Refused('apply Secret a/b', 422, body).message).toBe(
      'Cannot apply Secret a/b: the API server answers 422 Invalid: spec.x: Invalid value: "y": must be z',
    );
  });

  it.each([
    ['upstream connect error', 'answers 503 UNREACHABLE: upstream connect error'],
    [undefined, 'answers 503 UNREACHABLE'],
    [{ message: 1 }, 'answers 503 UNREACHABLE'],
  ])('is understood when its body is %j', (body, want) => {
    const { message } = new Refused('get Pod a/b', 503, body);
    expect(message).toBe(`Cannot get Pod a/b: the API server ${want}`);
  });

  it('is cut when it is long', () => {
    const { message } = new Refused('get Pod a/b', 500, 'x'.repeat(100_000));
    expect(message.length).toBeLessThan(1_100);
  });
});
